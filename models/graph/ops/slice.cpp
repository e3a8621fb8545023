#include "models/graph/ops/slice.hpp"

#include "models/graph/strides.hpp"

namespace phasecore::graph {

void Slice::check(Findings& findings) const {
  if (begins.size() != counts.size() || begins.size() != steps.size())
    findings.add("begins, counts and steps must be as many");
  for (int count : counts)
    if (count < 1)
      return findings.add("takes " + to_string(counts) + " values; every dimension must be at least 1");
}

Shape Slice::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  bool fits = in.size() == begins.size();
  for (std::size_t d = 0; fits && d < in.size(); ++d) {
    const long long last = begins[d] + static_cast<long long>(counts[d] - 1) * steps[d];
    fits = begins[d] >= 0 && begins[d] < in[d] && last >= 0 && last < in[d];
  }
  if (fits) return counts;
  findings.add("takes a part that '" + *sources[0].name + "' (" + to_string(in) + ") does not have");
  return {};
}

void Slice::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                Scratch& /*scratch*/) const {
  Strides strides = strides_of(*inputs[0].shape);
  long long start = 0;
  for (std::size_t d = 0; d < strides.size(); ++d) {
    start += begins[d] * strides[d];
    strides[d] *= steps[d];
  }
  const float* x = inputs[0].values;
  for_each_offset<1>(shape, {strides}, {start}, [&](const auto& at) { *out++ = x[at[0]]; });
}

Slice whole_of(const Shape& shape) {
  Slice slice;
  slice.begins.assign(shape.size(), 0);
  slice.counts = shape;
  slice.steps.assign(shape.size(), 1);
  return slice;
}

}  // namespace phasecore::graph
