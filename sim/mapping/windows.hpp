// Which pixels of a raster a sliding window has seen, and which it will not look at again: the waits and
// releases behind streaming layers. Everything counts pixels in raster order (row by row).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/graph/window.hpp"

namespace phasecore::mapping {

/// A shape as pixels with channels: {C,H,W}, a line {C,L} as an image of one row, or a vector {F} as one
/// pixel of F channels.
struct Raster {
  int channels = 0, height = 1, width = 1;
  int pixels() const { return height * width; }
  bool operator==(const Raster& o) const {
    return channels == o.channels && height == o.height && width == o.width;
  }
};
bool has_raster(const graph::Shape& shape);
Raster raster_of(const graph::Shape& shape);
graph::Shape shape_of(const Raster& raster);

/// For each firing: tokens (pixels) that must have arrived, and tokens that no later firing touches.
/// Both never decrease; release ends at the number of pixels.
struct Reads {
  std::vector<std::int32_t> need, release;
};

/// A window sliding over `in`, one firing per pixel of `out`, in raster order. Padding needs no pixels.
Reads window_reads(const Raster& in, const graph::Window& window, const Raster& out);
/// One firing for each span, which reads what lies in it, of an image of so many pixels.
Reads span_reads(const std::vector<graph::PixelSpan>& spans, int pixels);

/// An image with zeros between its pixels: of every `rows` rows one has pixels, of every `columns` columns.
struct Spread {
  int rows = 1, columns = 1;
  bool is_one() const { return rows == 1 && columns == 1; }
  Raster of(const Raster& image) const {
    return {image.channels, (image.height - 1) * rows + 1, (image.width - 1) * columns + 1};
  }
};

/// A window sliding over `in` with zeros between its pixels.
Reads window_reads(const Raster& in, const Spread& spread, const graph::Window& window, const Raster& out);
/// One firing that needs everything.
Reads whole_reads(const Raster& in);
/// Firing i needs pixel i and nothing else.
Reads pixel_reads(int pixels);

/// For a pool whose input arrives pixel by pixel: 1 where that pixel completes a pooled one. None when two
/// pooled pixels would be completed by the same input pixel, or out of order (padding or ceil_mode can do
/// that): then one token per firing cannot carry them.
std::optional<std::vector<std::uint8_t>> completions(const Raster& in, const graph::Window& window,
                                                     const Raster& out);

}  // namespace phasecore::mapping
