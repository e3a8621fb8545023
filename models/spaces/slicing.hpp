// Which part of a shared tensor a smaller network uses: index ranges that training a supernet and cutting a
// network out of it have in common.
#pragma once

#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::spaces {

struct IndexRange {
  int begin = 0, count = 0;
};

/// One range per dimension. Dimensions 0 and 1 (outputs and inputs, or the channels of a batch norm): the
/// first ones; dimensions 2 and 3 (a kernel's rows and columns): the centre. (Once-for-all networks, Cai et
/// al., arXiv 1908.09791, cut like this.) InternalError when `part` has other dimensions, is larger, or lies
/// off centre.
std::vector<IndexRange> slice_of(const graph::Shape& whole, const graph::Shape& part);

/// The values of that part.
graph::Tensor sliced(const graph::Tensor& whole, const graph::Shape& part);

}  // namespace phasecore::spaces
