#include "models/graph/ops/batch_norm.hpp"

#include <cmath>

namespace phasecore::graph {

double BatchNorm::factor(int channel) const {
  return scale.values[channel] /
         std::sqrt(static_cast<double>(variance.values[channel]) + static_cast<double>(epsilon));
}

double BatchNorm::shift(int channel) const {
  return offset.values[channel] - factor(channel) * mean.values[channel];
}

void BatchNorm::check(Findings& findings) const {
  if (scale.empty()) return findings.add("scale values are missing");
  const Shape expected{channels()};
  check_tensor("scale values", scale, expected, findings);
  check_tensor("offset values", offset, expected, findings);
  check_tensor("mean values", mean, expected, findings);
  check_tensor("variance values", variance, expected, findings);
  if (!(epsilon >= 0)) return findings.add("epsilon " + std::to_string(epsilon) + " must not be negative");
  if (!findings.ok()) return;
  for (std::size_t i = 0; i < variance.values.size(); ++i)
    if (!(variance.values[i] >= 0 && variance.values[i] + epsilon > 0))
      return findings.add("variance " + std::to_string(variance.values[i]) + " of channel " +
                          std::to_string(i) + " must be positive");
}

Shape BatchNorm::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  if (in[0] != channels()) {
    findings.add("has " + std::to_string(channels()) + " channels, '" + *sources[0].name + "' delivers " +
                 std::to_string(in[0]) + " (" + to_string(in) + ")");
    return {};
  }
  if (in.size() != 1 && !needs_image(sources[0], findings)) return {};
  return in;
}

void BatchNorm::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                    Scratch& /*scratch*/) const {
  const long long per_channel = volume(shape) / shape[0];
  const float* input = inputs[0].values;
  for (int c = 0; c < shape[0]; ++c) {
    const double by = factor(c), plus = shift(c);
    for (long long i = c * per_channel; i < (c + 1) * per_channel; ++i)
      out[i] = static_cast<float>(input[i] * by + plus);
  }
}

std::vector<NamedTensor<Tensor>> BatchNorm::own_tensors() {
  return {{"scale", &scale, Start::Ones, true},
          {"offset", &offset, Start::Zeros, true},
          {"mean", &mean, Start::Zeros, false},
          {"variance", &variance, Start::Ones, false}};
}

BatchNorm neutral_batch_norm(int channels) {
  const auto count = static_cast<std::size_t>(channels);
  BatchNorm norm;
  norm.scale = norm.variance = {{channels}, std::vector<float>(count, 1.0f)};
  norm.offset = norm.mean = {{channels}, std::vector<float>(count, 0.0f)};
  return norm;
}

}  // namespace phasecore::graph
