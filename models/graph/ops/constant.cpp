#include "models/graph/ops/constant.hpp"

#include <algorithm>
#include <cmath>

namespace phasecore::graph {

void Constant::check(Findings& findings) const {
  check_given_shape(values.shape, findings);
  if (!findings.ok()) return;
  if (static_cast<long long>(values.values.size()) != bounded_volume(values.shape))
    return findings.add("shape " + to_string(values.shape) + " has " + std::to_string(values.values.size()) +
                        " values");
  // Infinity is welcome: masks of attention have it.
  if (std::any_of(values.values.begin(), values.values.end(), [](float v) { return std::isnan(v); }))
    findings.add("values hold nan");
}

Shape Constant::infer_shape(const std::vector<Source>& /*sources*/, Findings& /*findings*/) const {
  return values.shape;
}

void Constant::run(const std::vector<Sample>& /*inputs*/, const Shape& /*shape*/, float* out,
                   Scratch& /*scratch*/) const {
  std::copy(values.values.begin(), values.values.end(), out);
}

std::vector<NamedTensor<Tensor>> Constant::own_tensors() {
  return {{"values", &values, Start::Zeros, true}};
}

}  // namespace phasecore::graph
