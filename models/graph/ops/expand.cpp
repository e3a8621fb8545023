#include "models/graph/ops/expand.hpp"

#include "models/graph/strides.hpp"

namespace phasecore::graph {

void Expand::check(Findings& findings) const {
  check_given_shape(target, findings);
}

Shape Expand::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  static const std::string name = "its target";
  return broadcast_shape({sources[0], {&name, &target}}, findings);
}

void Expand::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                 Scratch& /*scratch*/) const {
  const float* x = inputs[0].values;
  for_each_offset<1>(shape, {broadcast_strides(*inputs[0].shape, shape)}, {0},
                     [&](const auto& at) { *out++ = x[at[0]]; });
}

}  // namespace phasecore::graph
