#include "models/graph/ops/softmax.hpp"

#include <algorithm>
#include <cmath>

namespace phasecore::graph {

Shape Softmax::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  if (in.size() == 1) return in;
  findings.add("needs a vector, '" + *sources[0].name + "' delivers " + to_string(in));
  return {};
}

void Softmax::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                  Scratch& /*scratch*/) const {
  const float* input = inputs[0].values;
  const long long count = volume(shape);
  const float largest = *std::max_element(input, input + count);
  double sum = 0;
  for (long long i = 0; i < count; ++i) sum += std::exp(static_cast<double>(input[i]) - largest);
  for (long long i = 0; i < count; ++i)
    out[i] = static_cast<float>(std::exp(static_cast<double>(input[i]) - largest) / sum);
}

}  // namespace phasecore::graph
