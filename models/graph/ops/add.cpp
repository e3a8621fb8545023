#include "models/graph/ops/add.hpp"

namespace phasecore::graph {

Shape Add::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Source &a = sources[0], &b = sources[1];
  if (*a.shape == *b.shape) return *a.shape;
  findings.add("shapes differ: '" + *a.name + "' delivers " + to_string(*a.shape) + ", '" + *b.name +
               "' delivers " + to_string(*b.shape));
  return {};
}

void Add::run(const std::vector<Sample>& inputs, const Shape& shape, float* out, Scratch& /*scratch*/) const {
  const float *a = inputs[0].values, *b = inputs[1].values;
  const long long count = volume(shape);
  for (long long i = 0; i < count; ++i) out[i] = a[i] + b[i];
}

}  // namespace phasecore::graph
