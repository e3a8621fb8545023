// A part of a tensor. ONNX's Split is several of them.
#pragma once

#include "models/graph/moving.hpp"

namespace phasecore::graph {

class Slice final : public OperatorOf<Slice, Moving> {
 public:
  /// Along each dimension the first index, how many, and the distance to the next, which may be negative.
  std::vector<int> begins, counts, steps;

  std::string name() const override { return "Slice"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

/// All of `shape`; to be narrowed.
Slice whole_of(const Shape& shape);

}  // namespace phasecore::graph
