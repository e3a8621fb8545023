// The product of two activations, or of a sequence and a matrix. (Gemm is a matrix times one vector.)
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// {..., M, K} times {..., K, N}; what stands before broadcasts. A vector {K} on the left is one row.
class MatMul final : public OperatorOf<MatMul> {
 public:
  std::string name() const override { return "MatMul"; }
  int arity() const override { return 2; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
