#include "sim/numerics/vector_reader.hpp"

#include <algorithm>
#include <utility>

namespace phasecore::numerics {
namespace {

/// Bytes of widened images that are held at once: a part of a 1 MiB second-level cache.
constexpr std::ptrdiff_t kImageBytes = 256 * 1024;
/// A widened image may be so many times as large as all patches; strides beyond the kernel skip pixels.
constexpr double kLargerImage = 4;

}  // namespace

VectorReader::VectorReader(const mapping::Raster& in, const graph::Window& window, const mapping::Raster& out,
                           std::vector<Patches> patches, bool one_run)
    : in_(in), out_(out), window_(window), patches_(std::move(patches)) {
  const auto reach = [](int places, int stride, int kernel, int dilation) {
    return (places - 1) * stride + (kernel - 1) * dilation + 1;
  };
  const int height = reach(out.height, window.stride_h, window.kernel_h, window.dilation_h);
  const int width = reach(out.width, window.stride_w, window.kernel_w, window.dilation_w);
  double gathered = 0;
  for (const Patches& p : patches_) gathered += static_cast<double>(p.rows()) * out.pixels();
  const bool small = static_cast<double>(height) * width * in.channels <= kLargerImage * gathered;
  if (small && !one_run) {
    padded_height_ = height;
    padded_width_ = width;
  }
  for (const Patches& p : patches_) {
    offsets_.emplace_back();
    if (padded_width_ == 0)
      offsets_.back().push_back(0);
    else
      for (const Patches::Run& run : p.runs())
        offsets_.back().push_back(
            (static_cast<std::ptrdiff_t>(run.dy) * padded_width_ + run.dx) * in.channels + run.channel);
  }
}

analog::RowLayout VectorReader::layout(int p) const {
  analog::RowLayout layout{patches(p).order(), {}};
  if (padded_width_ > 0)
    for (const Patches::Run& run : patches(p).runs()) layout.runs.push_back(run.taps * run.channels);
  return layout;
}

int VectorReader::images_at_once() const {
  const std::ptrdiff_t bytes = static_cast<std::ptrdiff_t>(padded_height_) * padded_width_ * in_.channels * 2;
  return bytes == 0 ? 1 << 20 : static_cast<int>(std::max<std::ptrdiff_t>(kImageBytes / bytes, 1));
}

void VectorReader::load(int images, const std::int8_t* codes, VectorBuffers& to) const {
  if (padded_width_ == 0) return;
  const std::ptrdiff_t pitch = static_cast<std::ptrdiff_t>(padded_width_) * in_.channels;
  // The part of a padded row that lies in the image.
  const int begin = std::clamp(window_.pad_left, 0, padded_width_);
  const int end = std::clamp(window_.pad_left + in_.width, begin, padded_width_);
  const std::ptrdiff_t inside = static_cast<std::ptrdiff_t>(begin) * in_.channels;
  const std::ptrdiff_t behind = static_cast<std::ptrdiff_t>(end) * in_.channels;
  to.values.resize(static_cast<std::size_t>(images * padded_height_ * pitch + analog::kReadable));
  std::int16_t* row = to.values.data();
  for (int image = 0; image < images;
       ++image, codes += static_cast<std::ptrdiff_t>(in_.pixels()) * in_.channels)
    for (int i = 0; i < padded_height_; ++i, row += pitch) {
      const int y = i - window_.pad_top;
      if (y < 0 || y >= in_.height) {
        std::fill_n(row, pitch, std::int16_t{0});
        continue;
      }
      const std::int8_t* from =
          codes + (static_cast<std::ptrdiff_t>(y) * in_.width + begin - window_.pad_left) * in_.channels;
      std::fill(row, row + inside, std::int16_t{0});
      for (std::ptrdiff_t k = 0; k < behind - inside; ++k) row[inside + k] = from[k];
      std::fill(row + behind, row + pitch, std::int16_t{0});
    }
  std::fill_n(row, analog::kReadable, std::int16_t{0});
}

void VectorReader::read(int begin, int count, const std::int8_t* codes, VectorBuffers& to) const {
  to.vectors.clear();
  if (padded_width_ > 0)
    locate(begin, count, to);
  else
    gather(begin, count, codes, to);
}

void VectorReader::locate(int begin, int count, VectorBuffers& to) const {
  const std::ptrdiff_t step = static_cast<std::ptrdiff_t>(window_.stride_w) * in_.channels;
  const std::ptrdiff_t pitch = static_cast<std::ptrdiff_t>(padded_width_) * in_.channels;
  const int place = begin % out_.pixels();
  int image = begin / out_.pixels(), y = place / out_.width, x = place % out_.width;
  to.addresses.resize(static_cast<std::size_t>(count));
  for (int v = 0; v < count;) {
    const std::int16_t* row =
        to.values.data() +
        (static_cast<std::ptrdiff_t>(image) * padded_height_ + y * window_.stride_h) * pitch;
    for (; x < out_.width && v < count; ++x) to.addresses[v++] = row + x * step;
    x = 0;
    if (++y == out_.height) y = 0, ++image;
  }
  for (const auto& offsets : offsets_) to.vectors.push_back({count, to.addresses.data(), offsets.data()});
}

void VectorReader::gather(int begin, int count, const std::int8_t* codes, VectorBuffers& to) const {
  std::size_t values = analog::kReadable;
  for (const Patches& p : patches_) values += static_cast<std::size_t>(count) * p.rows();
  to.values.resize(values);
  to.addresses.resize(static_cast<std::size_t>(count) * patches_.size());
  std::int16_t* out = to.values.data();
  const std::int16_t** address = to.addresses.data();
  const std::ptrdiff_t volume = static_cast<std::ptrdiff_t>(in_.pixels()) * in_.channels;
  for (std::size_t i = 0; i < patches_.size(); ++i) {
    const Patches& p = patches_[i];
    to.vectors.push_back({count, address, offsets_[i].data()});
    for (int v = 0; v < count; ++v) *address++ = out + static_cast<std::ptrdiff_t>(v) * p.rows();
    for (int v = begin; v < begin + count;) {
      const int image = v / out_.pixels(), position = v % out_.pixels();
      const int part = std::min(out_.pixels() - position, begin + count - v);
      p.gather(codes + image * volume, position, part, out);
      out += static_cast<std::ptrdiff_t>(part) * p.rows();
      v += part;
    }
  }
}

}  // namespace phasecore::numerics
