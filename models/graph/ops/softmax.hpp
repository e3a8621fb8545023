// Softmax of a vector.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

class Softmax final : public OperatorOf<Softmax> {
 public:
  std::string name() const override { return "Softmax"; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
