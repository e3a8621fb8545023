#include "models/graph/ops/rotary_embedding.hpp"

#include <algorithm>

namespace phasecore::graph {

Shape RotaryEmbedding::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape &x = *sources[0].shape, &cosines = *sources[1].shape, &sines = *sources[2].shape;
  if (x.size() != 3) {
    findings.add("'" + *sources[0].name + "' (" + to_string(x) + ") must be heads x steps x size");
  } else if (cosines.size() != 2 || sines != cosines || cosines[0] != x[1] || cosines[1] > x[2] / 2) {
    findings.add("cosines of shape " + to_string(cosines) + " and sines of shape " + to_string(sines) +
                 " do not fit '" + *sources[0].name + "' (" + to_string(x) +
                 "); must be steps x pairs, at most half its size");
  }
  return x;
}

void RotaryEmbedding::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                          Scratch& /*scratch*/) const {
  const int steps = shape[1], size = shape[2], pairs = (*inputs[1].shape)[1];
  const int first = interleaved ? 2 : 1, second = interleaved ? 1 : pairs;
  const float* x = inputs[0].values;
  for (int head = 0; head < shape[0]; ++head)
    for (int step = 0; step < steps; ++step, x += size, out += size) {
      const float* cosines = inputs[1].values + static_cast<long long>(step) * pairs;
      const float* sines = inputs[2].values + static_cast<long long>(step) * pairs;
      for (int p = 0; p < pairs; ++p) {
        const float real = x[p * first], imaginary = x[p * first + second];
        out[p * first] = cosines[p] * real - sines[p] * imaginary;
        out[p * first + second] = sines[p] * real + cosines[p] * imaginary;
      }
      std::copy(x + 2 * pairs, x + size, out + 2 * pairs);
    }
}

}  // namespace phasecore::graph
