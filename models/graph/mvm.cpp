#include "models/graph/mvm.hpp"

namespace phasecore::graph {

void Mvm::check_weights(std::size_t rank, Findings& findings) const {
  const Shape& s = weights.shape;
  if (s.size() != rank)
    return findings.add("weights of shape " + to_string(s) + " must have " + std::to_string(rank) +
                        " dimensions");
  for (int extent : s)
    if (extent < 1)
      return findings.add("weights of shape " + to_string(s) +
                          " hold no values; every dimension must be at least 1");
  check_tensor("weights", weights, s, findings);
  const bool without_bias = bias.empty() && bias.shape.empty();
  if (!without_bias) check_tensor("bias values", bias, {s[0]}, findings);
}

std::vector<NamedTensor<Tensor>> Mvm::own_tensors() {
  return {{"weight", &weights, Start::HeNormal, true}, {"bias", &bias, Start::Zeros, true}};
}

}  // namespace phasecore::graph
