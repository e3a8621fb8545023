// Relu with a slope below 0 that was learnt.
#pragma once

#include "models/graph/ops/pointwise.hpp"

namespace phasecore::graph {

/// The slopes broadcast to the input: {C, 1, 1} is one per channel.
class PRelu final : public OperatorOf<PRelu, Function> {
 public:
  Tensor slope;

  bool piecewise() const override { return true; }

  std::string name() const override { return "PRelu"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

}  // namespace phasecore::graph
