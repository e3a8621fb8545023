// Fully connected: a constant matrix times a vector.
#pragma once

#include "models/graph/mvm.hpp"

namespace phasecore::graph {

/// Weights {out, in}. Also ONNX's MatMul with a constant right side.
class Gemm final : public OperatorOf<Gemm, Mvm> {
 public:
  std::string name() const override { return "Gemm"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  long long macs(const Shape& out) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
