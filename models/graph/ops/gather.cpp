#include "models/graph/ops/gather.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/strides.hpp"

namespace phasecore::graph {
namespace {

/// The row that `index` means; not a number counts as 0.
long long row_of(float index, long long extent) {
  if (std::isnan(index)) return 0;
  const double place = index < 0 ? static_cast<double>(index) + static_cast<double>(extent) : index;
  return static_cast<long long>(std::clamp(place, 0.0, static_cast<double>(extent - 1)));
}

}  // namespace

Shape Gather::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!check_axis(axis, sources[0], findings)) return {};
  const Shape &data = *sources[0].shape, &indices = *sources[1].shape;
  Shape shape(data.begin(), data.begin() + axis);
  if (!one_index) shape.insert(shape.end(), indices.begin(), indices.end());
  shape.insert(shape.end(), data.begin() + axis + 1, data.end());
  if (shape.empty()) shape = {1};
  return shape;
}

void Gather::run(const std::vector<Sample>& inputs, const Shape& /*shape*/, float* out,
                 Scratch& /*scratch*/) const {
  const AxisView view = view_along(*inputs[0].shape, axis);
  const long long count = volume(*inputs[1].shape);
  for (long long o = 0; o < view.outer; ++o)
    for (long long i = 0; i < count; ++i, out += view.inner) {
      const long long row = row_of(inputs[1].values[i], view.extent);
      std::copy_n(inputs[0].values + (o * view.extent + row) * view.inner, view.inner, out);
    }
}

}  // namespace phasecore::graph
