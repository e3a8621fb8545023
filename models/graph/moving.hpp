// What takes values to other places and computes nothing: Concat, Slice, Transpose, ...
#pragma once

#include <cstdint>
#include <vector>

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// Base of them. Values that are codes stay the codes that they are.
class Moving : public Operator {
 public:
  /// Values that come from no input are 0. Padding with another number is not mere moving.
  virtual bool fills_with_zeros() const { return true; }
};

using Places = std::vector<std::int32_t>;
constexpr std::int32_t kNoPlace = -1;  ///< in Places: the value is 0

/// For each value of the output the place where it lies in the inputs, one behind the other; all in C order.
Places moved_from(const Moving& op, const std::vector<Shape>& inputs, const Shape& output);

}  // namespace phasecore::graph
