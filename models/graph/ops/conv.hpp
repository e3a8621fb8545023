// Two-dimensional convolution, grouped or not.
#pragma once

#include "models/graph/mvm.hpp"
#include "models/graph/window.hpp"

namespace phasecore::graph {

/// Weights {C_out, C_in / groups, kernel_h, kernel_w}.
class Conv final : public OperatorOf<Conv, Mvm> {
 public:
  Window window;
  int groups = 1;

  std::string name() const override { return "Conv"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  long long macs(const Shape& out) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
