#include "models/graph/strides.hpp"

#include <algorithm>

namespace phasecore::graph {

Strides strides_of(const Shape& shape) {
  Strides strides(shape.size());
  long long stride = 1;
  for (std::size_t d = shape.size(); d-- > 0; stride *= shape[d]) strides[d] = stride;
  return strides;
}

Strides broadcast_strides(const Shape& from, const Shape& to) {
  const Strides own = strides_of(from);
  Strides strides(to.size(), 0);
  for (std::size_t d = 0; d < from.size(); ++d)
    if (from[d] != 1) strides[to.size() - from.size() + d] = own[d];
  return strides;
}

Shape broadcast_shape(const std::vector<Source>& sources, Findings& findings) {
  Shape shape;
  for (const Source& source : sources) {
    const Shape& s = *source.shape;
    if (s.size() > shape.size()) shape.insert(shape.begin(), s.size() - shape.size(), 1);
    for (std::size_t d = 0; d < s.size(); ++d) {
      int& extent = shape[shape.size() - s.size() + d];
      if (extent == 1) extent = s[d];
      if (s[d] == 1 || s[d] == extent) continue;
      findings.add("shapes differ: '" + *sources[0].name + "' delivers " + to_string(*sources[0].shape) +
                   ", '" + *source.name + "' delivers " + to_string(s));
      return {};
    }
  }
  return shape;
}

AxisView view_along(const Shape& shape, int axis) {
  AxisView view;
  for (int d = 0; d < static_cast<int>(shape.size()); ++d)
    (d < axis ? view.outer : d == axis ? view.extent : view.inner) *= shape[d];
  return view;
}

bool check_axis(int axis, const Source& source, Findings& findings) {
  if (axis >= 0 && axis < static_cast<int>(source.shape->size())) return true;
  findings.add("works along dimension " + std::to_string(axis) + ", '" + *source.name + "' delivers " +
               to_string(*source.shape));
  return false;
}

int extent_of(long long wide) {
  return static_cast<int>(std::min(wide, kMaxValues + 1));
}

}  // namespace phasecore::graph
