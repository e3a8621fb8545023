// Fully connected: a constant matrix times a vector, or times each of a sequence.
#pragma once

#include "models/graph/mvm.hpp"
#include "models/graph/network.hpp"

namespace phasecore::graph {

/// Weights {out, in}, of a vector {in} or of every step of a sequence {steps, in}. Also ONNX's MatMul with a
/// constant right side.
class Gemm final : public OperatorOf<Gemm, Mvm> {
 public:
  std::string name() const override { return "Gemm"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  long long macs(const Shape& out) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

/// Is it one of every step of a sequence?
inline bool is_of_steps(const Layer& layer) {
  return layer.is<Gemm>() && layer.shape.size() == 2;
}

}  // namespace phasecore::graph
