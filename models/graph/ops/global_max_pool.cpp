#include "models/graph/ops/global_max_pool.hpp"

#include <algorithm>

namespace phasecore::graph {

Shape GlobalMaxPool::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!needs_image(sources[0], findings)) return {};
  return {sources[0].shape->front(), 1, 1};
}

void GlobalMaxPool::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                        Scratch& /*scratch*/) const {
  const long long pixels = volume(*inputs[0].shape) / shape[0];
  const float* input = inputs[0].values;
  for (int c = 0; c < shape[0]; ++c) out[c] = *std::max_element(input + c * pixels, input + (c + 1) * pixels);
}

}  // namespace phasecore::graph
