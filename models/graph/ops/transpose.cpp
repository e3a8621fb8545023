#include "models/graph/ops/transpose.hpp"

#include <algorithm>

#include "models/graph/strides.hpp"

namespace phasecore::graph {

Shape Transpose::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool is_order = sorted.size() == in.size();
  for (std::size_t d = 0; is_order && d < sorted.size(); ++d) is_order = sorted[d] == static_cast<int>(d);
  if (!is_order) {
    findings.add("its order of dimensions is none of '" + *sources[0].name + "', which delivers " +
                 to_string(in));
    return {};
  }
  Shape shape;
  for (int d : order) shape.push_back(in[d]);
  return shape;
}

void Transpose::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                    Scratch& /*scratch*/) const {
  const Strides in = strides_of(*inputs[0].shape);
  Strides strides;
  for (int d : order) strides.push_back(in[d]);
  const float* x = inputs[0].values;
  for_each_offset<1>(shape, {strides}, {0}, [&](const auto& at) { *out++ = x[at[0]]; });
}

}  // namespace phasecore::graph
