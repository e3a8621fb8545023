#include "models/graph/ops/activation.hpp"

#include <algorithm>

namespace phasecore::graph {

Shape Clamp::infer_shape(const std::vector<Source>& sources, Findings& /*findings*/) const {
  return *sources[0].shape;
}

void Relu::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
               Scratch& /*scratch*/) const {
  const float* input = inputs[0].values;
  const long long count = volume(shape);
  for (long long i = 0; i < count; ++i) out[i] = std::max(input[i], 0.0f);
}

void Clip::check(Findings& findings) const {
  if (!(low <= high))
    findings.add("minimum " + std::to_string(low) + " must not exceed maximum " + std::to_string(high));
  // No bound is minus infinity below and infinity above; the other way round every value becomes infinite.
  else if (low > std::numeric_limits<float>::max() || high < std::numeric_limits<float>::lowest())
    findings.add("clips every value to " + std::to_string(low > 0 ? low : high) +
                 "; bounds must leave a finite value");
}

void Clip::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
               Scratch& /*scratch*/) const {
  const float* input = inputs[0].values;
  const long long count = volume(shape);
  const float from = low, to = high;
  for (long long i = 0; i < count; ++i) out[i] = std::min(std::max(input[i], from), to);
}

}  // namespace phasecore::graph
