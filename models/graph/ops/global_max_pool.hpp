// The largest value of each channel.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

class GlobalMaxPool final : public OperatorOf<GlobalMaxPool> {
 public:
  std::string name() const override { return "GlobalMaxPool"; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
