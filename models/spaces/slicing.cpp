#include "models/spaces/slicing.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::spaces {

std::vector<IndexRange> slice_of(const graph::Shape& whole, const graph::Shape& part) {
  common::ensure(whole.size() == part.size(), "a slice of " + graph::to_string(whole) + " cannot be " +
                                                  graph::to_string(part) + ": other dimensions");
  std::vector<IndexRange> ranges;
  for (std::size_t d = 0; d < whole.size(); ++d) {
    const int surplus = whole[d] - part[d];
    const bool centred = d >= 2;
    common::ensure(part[d] > 0 && surplus >= 0 && (!centred || surplus % 2 == 0),
                   "a slice of " + graph::to_string(whole) + " cannot be " + graph::to_string(part));
    ranges.push_back({centred ? surplus / 2 : 0, part[d]});
  }
  return ranges;
}

graph::Tensor sliced(const graph::Tensor& whole, const graph::Shape& part) {
  const auto ranges = slice_of(whole.shape, part);
  graph::Tensor out{part, {}};
  out.values.reserve(static_cast<std::size_t>(graph::volume(part)));
  // Rows of the last dimension are contiguous; an odometer counts the others.
  const std::size_t last = part.size() - 1;
  std::vector<int> at(part.size(), 0);
  for (;;) {
    long long first = 0;
    for (std::size_t d = 0; d < part.size(); ++d) first = first * whole.shape[d] + ranges[d].begin + at[d];
    const float* row = whole.values.data() + first;
    out.values.insert(out.values.end(), row, row + part[last]);
    std::size_t d = last;
    while (d > 0 && ++at[d - 1] == part[d - 1]) at[--d] = 0;
    if (d == 0) return out;
  }
}

}  // namespace phasecore::spaces
