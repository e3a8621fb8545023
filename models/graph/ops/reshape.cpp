#include "models/graph/ops/reshape.hpp"

#include <algorithm>

namespace phasecore::graph {

void Reshaping::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                    Scratch& /*scratch*/) const {
  std::copy_n(inputs[0].values, volume(shape), out);
}

Shape Flatten::infer_shape(const std::vector<Source>& sources, Findings& /*findings*/) const {
  return {static_cast<int>(volume(*sources[0].shape))};
}

void Reshape::check(Findings& findings) const {
  check_given_shape(target, findings);
}

Shape Reshape::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  if (bounded_volume(target) != volume(in))
    findings.add("cannot turn " + to_string(in) + " of '" + *sources[0].name + "' into " + to_string(target));
  return target;
}

}  // namespace phasecore::graph
