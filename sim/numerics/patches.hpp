// What a core's input lines read for one output pixel: im2col for a part of a convolution's rows, from
// pixel-major codes (all channels of a pixel side by side), so that whole pixels are copied at once.
#pragma once

#include <cstdint>
#include <vector>

#include "models/graph/network.hpp"
#include "sim/mapping/windows.hpp"

namespace phasecore::numerics {

/// A patch holds the rows [row_begin, row_end) of a window in the order (ky, kx, channel). The stage's weight
/// matrix has them in the order (channel, ky, kx); order() says which is which. Exact integer sums do not
/// depend on it.
class Patches {
 public:
  /// A fully connected layer is a window of one pixel on F channels.
  Patches(const mapping::Raster& in, const graph::Window& window, int out_w, int row_begin, int row_end);

  int rows() const { return static_cast<int>(order_.size()); }
  int row_begin() const { return row_begin_; }
  /// Row, relative to row_begin, of each value of a patch.
  const std::vector<int>& order() const { return order_; }
  /// Neighbouring taps of one kernel row whose channels lie side by side in memory.
  struct Run {
    int dy = 0, dx = 0;  ///< of the first tap, pixels from the window's corner
    int taps = 1;
    int channel = 0, channels = 0;  ///< of every tap
  };
  /// A patch is made of them, one after the other.
  const std::vector<Run>& runs() const { return runs_; }
  /// Patches of the output pixels [begin, begin + count), raster order, of one image: count x rows().
  template <class Value>
  void gather(const std::int8_t* image, int begin, int count, Value* out) const;

 private:
  template <class Value>
  void copy_clipped(const Run& run, const std::int8_t* row, int x, Value* out) const;

  int channels_, height_, width_, out_w_, row_begin_;
  graph::Window window_;
  std::vector<Run> runs_;
  std::vector<int> order_;
};

extern template void Patches::gather(const std::int8_t*, int, int, std::int8_t*) const;
extern template void Patches::gather(const std::int8_t*, int, int, std::int16_t*) const;

}  // namespace phasecore::numerics
