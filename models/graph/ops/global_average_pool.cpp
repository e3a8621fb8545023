#include "models/graph/ops/global_average_pool.hpp"

namespace phasecore::graph {

Shape GlobalAveragePool::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!needs_image(sources[0], findings)) return {};
  return {sources[0].shape->front(), 1, 1};
}

void GlobalAveragePool::run(const std::vector<Sample>& inputs, const Shape& /*shape*/, float* out,
                            Scratch& /*scratch*/) const {
  const Shape& in = *inputs[0].shape;
  const float* input = inputs[0].values;
  const long long pixels = static_cast<long long>(in[1]) * in[2];
  for (int c = 0; c < in[0]; ++c) {
    double sum = 0;
    for (long long i = 0; i < pixels; ++i) sum += input[c * pixels + i];
    out[c] = static_cast<float>(sum / static_cast<double>(pixels));
  }
}

}  // namespace phasecore::graph
