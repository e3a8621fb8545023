#include "sim/mapping/windows.hpp"

#include <algorithm>
#include <utility>

#include "common/diagnostics.hpp"

namespace phasecore::mapping {
namespace {

std::vector<graph::PixelSpan> windows(const Raster& in, const graph::Window& window, const Raster& out) {
  return graph::pixel_spans(window, shape_of(in), shape_of(out));
}

/// Pixels along one axis that a window touches, where only every `step`-th place holds one.
graph::PixelSpan pixels_under(const graph::Axis& axis, int index, int step) {
  const graph::Taps taps = axis.taps(index);
  graph::PixelSpan span;
  for (int tap = taps.begin; tap < taps.end; ++tap) {
    const int place = axis.pixel(taps, tap);
    if (place % step != 0) continue;
    if (span.first > span.last) span.first = place / step;
    span.last = place / step;
  }
  return span;
}

}  // namespace

bool has_raster(const graph::Shape& shape) {
  return !shape.empty() && shape.size() <= 3;
}

Raster raster_of(const graph::Shape& shape) {
  common::ensure(has_raster(shape), "mapping: shape " + graph::to_string(shape) +
                                        " is neither a vector nor a line nor an image");
  return {shape[0], shape.size() == 3 ? shape[1] : 1, shape.size() == 1 ? 1 : shape.back()};
}

graph::Shape shape_of(const Raster& raster) {
  return {raster.channels, raster.height, raster.width};
}

Reads window_reads(const Raster& in, const graph::Window& window, const Raster& out) {
  return {windows(in, window, out), true};
}

Reads window_reads(const Raster& in, const Spread& spread, const graph::Window& window, const Raster& out) {
  const graph::Shape spread_shape = shape_of(spread.of(in));
  const graph::Axis rows = graph::rows_of(window, spread_shape[1]),
                    columns = graph::columns_of(window, spread_shape[2]);
  std::vector<graph::PixelSpan> spans;
  for (int y = 0; y < out.height; ++y) {
    const graph::PixelSpan of_rows = pixels_under(rows, y, spread.rows);
    for (int x = 0; x < out.width; ++x) {
      const graph::PixelSpan of_columns = pixels_under(columns, x, spread.columns);
      const bool none = of_rows.first > of_rows.last || of_columns.first > of_columns.last;
      spans.push_back(none ? graph::PixelSpan{}
                           : graph::PixelSpan{of_rows.first * in.width + of_columns.first,
                                              of_rows.last * in.width + of_columns.last});
    }
  }
  return {std::move(spans), true};
}

Reads span_reads(std::vector<graph::PixelSpan> spans) {
  return {std::move(spans), false};
}

Reads whole_reads(const Raster& in) {
  return span_reads({{0, in.pixels() - 1}});
}

Reads pixel_reads(int pixels) {
  Reads reads;
  for (int i = 0; i < pixels; ++i) reads.spans.push_back({i, i});
  return reads;
}

std::optional<std::vector<std::uint8_t>> completions(const Raster& in, const graph::Window& window,
                                                     const Raster& out) {
  const std::vector<graph::PixelSpan> spans = windows(in, window, out);
  if (!graph::completes_in_order(spans)) return std::nullopt;
  std::vector<std::uint8_t> completes(in.pixels(), 0);
  for (const graph::PixelSpan& span : spans) completes[span.last] = 1;
  return completes;
}

}  // namespace phasecore::mapping
