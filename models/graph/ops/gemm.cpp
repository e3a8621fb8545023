#include "models/graph/ops/gemm.hpp"

#include "models/graph/product.hpp"

namespace phasecore::graph {

void Gemm::check(Findings& findings) const {
  check_weights(2, findings);
}

Shape Gemm::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  if (in.size() == 1 && in[0] == weights.shape[1]) return {outputs()};
  if (in.size() == 2 && in[1] == weights.shape[1]) return {in[0], outputs()};
  findings.add("weights take a vector of " + std::to_string(weights.shape[1]) + " values, '" +
               *sources[0].name + "' delivers " + to_string(in));
  return {};
}

long long Gemm::macs(const Shape& out) const {
  return volume(weights.shape) * (out.size() == 2 ? out[0] : 1);
}

/// Step by step, so that a step is the same number whatever stands beside it.
void Gemm::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
               Scratch& /*scratch*/) const {
  const int columns = weights.shape[1], steps = shape.size() == 2 ? shape[0] : 1;
  const ConstMap matrix(weights.values.data(), outputs(), columns, Eigen::OuterStride<>(columns));
  const float* values = inputs[0].values;
  for (int step = 0; step < steps; ++step, values += columns, out += outputs()) {
    for (int o = 0; o < outputs(); ++o) out[o] = bias_of(o);
    accumulate(matrix, ConstMap(values, columns, 1, Eigen::OuterStride<>(1)),
               Map(out, outputs(), 1, Eigen::OuterStride<>(1)));
  }
}

}  // namespace phasecore::graph
