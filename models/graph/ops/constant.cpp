#include "models/graph/ops/constant.hpp"

#include <algorithm>

namespace phasecore::graph {

void Constant::check(Findings& findings) const {
  check_given_shape(values.shape, findings);
  if (findings.ok()) check_tensor("values", values, values.shape, findings);
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
