#include "sim/numerics/patches.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::numerics {
namespace {

/// Smallest channel c >= 0 with c * taps + tap >= row.
int first_channel(int row, int tap, int taps) {
  return row <= tap ? 0 : (row - tap + taps - 1) / taps;
}

}  // namespace

Patches::Patches(const mapping::Raster& in, const graph::Window& window, int out_w, int row_begin,
                 int row_end)
    : channels_(in.channels),
      height_(in.height),
      width_(in.width),
      out_w_(out_w),
      row_begin_(row_begin),
      window_(window) {
  const int taps = window.kernel_h * window.kernel_w;
  common::ensure(0 <= row_begin && row_begin < row_end && row_end <= channels_ * taps,
                 "numerics: rows outside the window");
  for (int tap = 0; tap < taps; ++tap) {
    const int channel = std::min(first_channel(row_begin, tap, taps), channels_);
    const int end = std::min(first_channel(row_end, tap, taps), channels_);
    if (channel >= end) continue;
    for (int c = channel; c < end; ++c) order_.push_back(c * taps + tap - row_begin);
    const Run run{tap / window.kernel_w * window.dilation_h, tap % window.kernel_w * window.dilation_w, 1,
                  channel, end - channel};
    // Whole pixels side by side continue the run before them.
    const bool whole = run.channels == channels_ && window.dilation_w == 1;
    if (whole && !runs_.empty() && runs_.back().channels == channels_ && runs_.back().dy == run.dy &&
        runs_.back().dx + runs_.back().taps == run.dx)
      ++runs_.back().taps;
    else
      runs_.push_back(run);
  }
  common::ensure(static_cast<int>(order_.size()) == row_end - row_begin, "numerics: a row without a tap");
}

template <class Value>
void Patches::copy_clipped(const Run& run, const std::int8_t* row, int x, Value* out) const {
  for (int tap = 0; tap < run.taps; ++tap, out += run.channels) {
    if (row == nullptr || x + tap < 0 || x + tap >= width_)
      std::fill_n(out, run.channels, Value{0});
    else
      std::copy_n(row + static_cast<std::ptrdiff_t>(x + tap) * channels_ + run.channel, run.channels, out);
  }
}

template <class Value>
void Patches::gather(const std::int8_t* image, int begin, int count, Value* out) const {
  int oy = begin / out_w_, ox = begin % out_w_;
  const std::ptrdiff_t pitch = static_cast<std::ptrdiff_t>(width_) * channels_;
  for (int i = 0; i < count; ++i) {
    for (const Run& run : runs_) {
      const int y = oy * window_.stride_h - window_.pad_top + run.dy;
      const int x = ox * window_.stride_w - window_.pad_left + run.dx;
      const std::int8_t* row = y < 0 || y >= height_ ? nullptr : image + y * pitch;
      if (row != nullptr && x >= 0 && x + run.taps <= width_)
        std::copy_n(row + static_cast<std::ptrdiff_t>(x) * channels_ + run.channel, run.taps * run.channels,
                    out);
      else
        copy_clipped(run, row, x, out);
      out += run.taps * run.channels;
    }
    if (++ox == out_w_) ox = 0, ++oy;
  }
}

template void Patches::gather(const std::int8_t*, int, int, std::int8_t*) const;
template void Patches::gather(const std::int8_t*, int, int, std::int16_t*) const;

}  // namespace phasecore::numerics
