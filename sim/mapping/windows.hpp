// Which pixels of a raster the firings of a stage look at: what streaming layers wait for, and what they let
// go of. Pixels are counted in raster order (row by row); how they travel is tokens.hpp's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/graph/window.hpp"

namespace phasecore::mapping {

/// How many parts of `size` cover `of`.
inline int ceil_div(int of, int size) {
  return (of + size - 1) / size;
}

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

/// What each firing reads of a raster.
struct Reads {
  std::vector<graph::PixelSpan> spans;  ///< first and last pixel of each firing; first > last: none
  /// Of the pixels from the first to the last those in the rectangle with these corners; else all.
  bool rectangles = false;
};

/// A window sliding over `in`, one firing per pixel of `out`, in raster order. Padding needs no pixels.
Reads window_reads(const Raster& in, const graph::Window& window, const Raster& out);
/// One firing for each span, which reads all that lies in it.
Reads span_reads(std::vector<graph::PixelSpan> spans);

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
