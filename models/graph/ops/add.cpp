#include "models/graph/ops/add.hpp"

#include "models/graph/strides.hpp"

namespace phasecore::graph {

Shape Add::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  return broadcast_shape(sources, findings);
}

void Add::run(const std::vector<Sample>& inputs, const Shape& shape, float* out, Scratch& /*scratch*/) const {
  const float *a = inputs[0].values, *b = inputs[1].values;
  if (*inputs[0].shape == *inputs[1].shape) {
    const long long count = volume(shape);
    for (long long i = 0; i < count; ++i) out[i] = a[i] + b[i];
    return;
  }
  for_each_offset<2>(shape,
                     {broadcast_strides(*inputs[0].shape, shape), broadcast_strides(*inputs[1].shape, shape)},
                     {0, 0}, [&](const auto& at) { *out++ = a[at[0]] + b[at[1]]; });
}

}  // namespace phasecore::graph
