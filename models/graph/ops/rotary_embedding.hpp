// Positions of a sequence as turns of its values, pair by pair.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// Reads {heads, steps, size} and the cosines and sines {steps, pairs} by which the pairs of each step are
/// turned. Values behind the pairs stay as they are.
class RotaryEmbedding final : public OperatorOf<RotaryEmbedding> {
 public:
  bool interleaved = false;  ///< pairs are neighbours; else the first half goes with the second

  std::string name() const override { return "RotaryEmbedding"; }
  int arity() const override { return 3; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
