// Walking through values that lie in memory in another order than they are wanted, or more than once.
#pragma once

#include <array>
#include <vector>

#include "models/graph/operator.hpp"

namespace phasecore::graph {

using Strides = std::vector<long long>;

/// Distance in memory between neighbours along each dimension.
Strides strides_of(const Shape& shape);

/// The same of `from` seen from a shape that it broadcasts to: 0 along repeated dimensions.
Strides broadcast_strides(const Shape& from, const Shape& to);

/// The shape that all sources broadcast to: their last dimensions are aligned, and 1 is repeated. A finding
/// where they do not fit.
Shape broadcast_shape(const std::vector<Source>& sources, Findings& findings);

/// `use(offsets)` for every value of `shape` in C order; offsets[k] follows strides[k] from starts[k].
template <std::size_t N, class Use>
void for_each_offset(const Shape& shape, const std::array<Strides, N>& strides,
                     std::array<long long, N> offsets, Use use) {
  const std::size_t rank = shape.size();
  if (volume(shape) == 0) return;
  if (rank == 0) return use(offsets);
  std::vector<int> at(rank, 0);
  while (true) {
    std::array<long long, N> inner = offsets;
    for (int i = 0; i < shape[rank - 1]; ++i) {
      use(inner);
      for (std::size_t k = 0; k < N; ++k) inner[k] += strides[k][rank - 1];
    }
    std::size_t d = rank - 1;
    while (true) {
      if (d == 0) return;
      --d;
      for (std::size_t k = 0; k < N; ++k) offsets[k] += strides[k][d];
      if (++at[d] < shape[d]) break;
      for (std::size_t k = 0; k < N; ++k) offsets[k] -= strides[k][d] * shape[d];
      at[d] = 0;
    }
  }
}

/// A shape seen from one of its dimensions: `outer` blocks of `extent` rows of `inner` neighbours.
struct AxisView {
  long long outer = 1, extent = 1, inner = 1;
};
AxisView view_along(const Shape& shape, int axis);

/// Is it a dimension of the shape? A finding if not.
bool check_axis(int axis, const Source& source, Findings& findings);

/// A dimension that was computed wide, for a shape: what would be too large stays too large.
int extent_of(long long wide);

}  // namespace phasecore::graph
