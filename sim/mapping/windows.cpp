#include "sim/mapping/windows.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::mapping {
namespace {

/// Places along one axis that a window touches inside the image: first > last when it sees padding only.
struct Span {
  int first = 0, last = -1;
};

Span touched(const graph::Axis& axis, int index) {
  const graph::Taps taps = axis.taps(index);
  if (taps.count() == 0) return {};
  return {axis.pixel(taps, taps.begin), axis.pixel(taps, taps.end - 1)};
}

/// First and last pixel of every window, or first > last for windows on padding alone.
std::vector<Span> windows(const Raster& in, const graph::Window& w, const Raster& out) {
  const graph::Axis y_axis = graph::rows_of(w, in.height), x_axis = graph::columns_of(w, in.width);
  std::vector<Span> spans;
  spans.reserve(out.pixels());
  for (int y = 0; y < out.height; ++y) {
    const Span rows = touched(y_axis, y);
    for (int x = 0; x < out.width; ++x) {
      const Span columns = touched(x_axis, x);
      const bool none = rows.first > rows.last || columns.first > columns.last;
      spans.push_back(
          none ? Span{} : Span{rows.first * in.width + columns.first, rows.last * in.width + columns.last});
    }
  }
  return spans;
}

}  // namespace

Raster raster_of(const graph::Shape& shape) {
  common::ensure(shape.size() == 1 || shape.size() == 3,
                 "mapping: shape " + graph::to_string(shape) + " is neither a vector nor an image");
  if (shape.size() == 1) return {shape[0], 1, 1};
  return {shape[0], shape[1], shape[2]};
}

Reads window_reads(const Raster& in, const graph::Window& window, const Raster& out) {
  const std::vector<Span> spans = windows(in, window, out);
  Reads reads;
  std::int32_t need = 0;
  for (const Span& span : spans) {
    need = std::max(need, static_cast<std::int32_t>(span.last + 1));
    reads.need.push_back(need);
  }
  reads.release.resize(spans.size());
  std::int32_t release = in.pixels();
  for (std::size_t i = spans.size(); i-- > 0;) {
    reads.release[i] = release;
    if (spans[i].first <= spans[i].last)
      release = std::min(release, static_cast<std::int32_t>(spans[i].first));
  }
  return reads;
}

Reads whole_reads(const Raster& in) {
  return {{in.pixels()}, {in.pixels()}};
}

Reads pixel_reads(int pixels) {
  Reads reads;
  for (std::int32_t i = 1; i <= pixels; ++i) reads.need.push_back(i);
  reads.release = reads.need;
  return reads;
}

std::optional<std::vector<std::uint8_t>> completions(const Raster& in, const graph::Window& window,
                                                     const Raster& out) {
  std::vector<std::uint8_t> completes(in.pixels(), 0);
  std::int32_t previous = -1;
  for (const Span& span : windows(in, window, out)) {
    if (span.last <= previous) return std::nullopt;
    completes[span.last] = 1;
    previous = span.last;
  }
  return completes;
}

}  // namespace phasecore::mapping
