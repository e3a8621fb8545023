#include "models/graph/ops/prelu.hpp"

#include "models/graph/strides.hpp"

namespace phasecore::graph {

void PRelu::check(Findings& findings) const {
  check_given_shape(slope.shape, findings);
  if (findings.ok()) check_tensor("slopes", slope, slope.shape, findings);
}

Shape PRelu::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  static const std::string name = "its slopes";
  const Shape shape = broadcast_shape({sources[0], {&name, &slope.shape}}, findings);
  if (findings.ok() && shape != *sources[0].shape)
    findings.add("slopes of shape " + to_string(slope.shape) + " do not fit '" + *sources[0].name +
                 "', which delivers " + to_string(*sources[0].shape));
  return shape;
}

void PRelu::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                Scratch& /*scratch*/) const {
  const float* x = inputs[0].values;
  for_each_offset<1>(shape, {broadcast_strides(slope.shape, shape)}, {0}, [&](const auto& at) {
    *out++ = *x < 0 ? slope.values[static_cast<std::size_t>(at[0])] * *x : *x;
    ++x;
  });
}

std::vector<NamedTensor<Tensor>> PRelu::own_tensors() {
  return {{"slope", &slope, Start::Zeros, true}};
}

}  // namespace phasecore::graph
