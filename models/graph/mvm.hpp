// What Conv and Gemm have in common: a matrix that a chip's crossbars can hold.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// Base of the operators that are matrix-vector products: weights {outputs, ...}, one column of a crossbar
/// per output, and a bias {outputs} that may be empty.
class Mvm : public Operator {
 public:
  Tensor weights;
  Tensor bias;

  int outputs() const { return weights.shape[0]; }

 protected:
  /// Weights of so many dimensions, a bias that fits.
  void check_weights(std::size_t rank, Findings& findings) const;
  /// Value number `output` of the bias, 0 without one.
  float bias_of(int output) const { return bias.empty() ? 0.0f : bias.values[output]; }

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

}  // namespace phasecore::graph
