// Batch normalisation with fixed statistics.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// offset + scale * (x - mean) / sqrt(variance + epsilon) per channel; every tensor is {C}.
class BatchNorm final : public OperatorOf<BatchNorm> {
 public:
  Tensor scale, offset, mean, variance;
  float epsilon = 1e-5f;

  int channels() const { return static_cast<int>(scale.values.size()); }
  /// At inference it is factor * x + shift; computed in double, as it is applied to weights.
  double factor(int channel) const;
  double shift(int channel) const;

  std::string name() const override { return "BatchNormalization"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

/// One that changes nothing but for epsilon: scale and variance 1, offset and mean 0.
BatchNorm neutral_batch_norm(int channels);

}  // namespace phasecore::graph
