#include "models/graph/ops/concat.hpp"

#include <algorithm>

#include "models/graph/strides.hpp"

namespace phasecore::graph {

Shape Concat::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!check_axis(axis, sources[0], findings)) return {};
  Shape shape = *sources[0].shape;
  long long extent = 0;
  for (const Source& source : sources) {
    Shape others = *source.shape;
    if (others.size() == shape.size()) {
      extent = std::min<long long>(extent + others[axis], kMaxValues + 1);
      others[axis] = shape[axis];
    }
    if (others != shape) {
      findings.add("shapes differ in more than dimension " + std::to_string(axis) + ": '" + *sources[0].name +
                   "' delivers " + to_string(shape) + ", '" + *source.name + "' delivers " +
                   to_string(*source.shape));
      return {};
    }
  }
  shape[axis] = extent_of(extent);
  return shape;
}

void Concat::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                 Scratch& /*scratch*/) const {
  const AxisView whole = view_along(shape, axis);
  for (const Sample& input : inputs) {
    const long long run = (*input.shape)[axis] * whole.inner;
    for (long long o = 0; o < whole.outer; ++o)
      std::copy_n(input.values + o * run, run, out + o * whole.extent * whole.inner);
    out += run;
  }
}

}  // namespace phasecore::graph
