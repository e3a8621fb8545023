// The sum of two activations, whose shapes broadcast.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

class Add final : public OperatorOf<Add> {
 public:
  std::string name() const override { return "Add"; }
  int arity() const override { return 2; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
