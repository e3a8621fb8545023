// The mean of each channel.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

class GlobalAveragePool final : public OperatorOf<GlobalAveragePool> {
 public:
  std::string name() const override { return "GlobalAveragePool"; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
