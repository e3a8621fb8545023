#include "models/graph/ops/pad.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/strides.hpp"

namespace phasecore::graph {
namespace {

constexpr long long kOutside = -1;

/// Where place `at` of the padded dimension lies in the `extent` values.
long long source_of(long long at, long long extent, Pad::Mode mode) {
  if (at >= 0 && at < extent) return at;
  switch (mode) {
    case Pad::Mode::Edge:
      return std::clamp<long long>(at, 0, extent - 1);
    case Pad::Mode::Reflect:
      return at < 0 ? -at : 2 * (extent - 1) - at;
    default:
      return kOutside;
  }
}

}  // namespace

void Pad::check(Findings& findings) const {
  if (before.size() != after.size()) findings.add("paddings before and after must be as many");
  if (!std::isfinite(value)) findings.add("pads with a value that is not finite");
}

Shape Pad::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  const Shape& in = *sources[0].shape;
  if (in.size() != before.size()) {
    findings.add("pads " + std::to_string(before.size()) + " dimensions, '" + *sources[0].name +
                 "' delivers " + to_string(in));
    return {};
  }
  Shape shape;
  for (std::size_t d = 0; d < in.size(); ++d) {
    const long long extent = static_cast<long long>(in[d]) + before[d] + after[d];
    const bool too_far = mode == Mode::Reflect && std::max(before[d], after[d]) >= in[d];
    if (extent < 1 || too_far) {
      findings.add("padding of " + std::to_string(before[d]) + " and " + std::to_string(after[d]) +
                   " does not fit dimension " + std::to_string(d) + " of " + to_string(in));
      return {};
    }
    shape.push_back(extent_of(extent));
  }
  return shape;
}

void Pad::run(const std::vector<Sample>& inputs, const Shape& shape, float* out, Scratch& /*scratch*/) const {
  const Shape& in = *inputs[0].shape;
  const std::size_t rank = shape.size();
  const Strides strides = strides_of(in);
  // For each place along each dimension the offset that it adds, or kOutside.
  std::vector<std::vector<long long>> offsets(rank);
  for (std::size_t d = 0; d < rank; ++d)
    for (int i = 0; i < shape[d]; ++i) {
      const long long from = source_of(static_cast<long long>(i) - before[d], in[d], mode);
      offsets[d].push_back(from == kOutside ? kOutside : from * strides[d]);
    }
  const Shape outer(shape.begin(), shape.end() - 1);
  std::vector<int> at(outer.size(), 0);
  const std::vector<long long>& last = offsets[rank - 1];
  for (long long row = 0; row < volume(outer); ++row) {
    long long base = 0;
    bool inside = true;
    for (std::size_t d = 0; d < outer.size(); ++d) {
      inside = inside && offsets[d][at[d]] != kOutside;
      base += offsets[d][at[d]];
    }
    for (long long offset : last)
      *out++ = inside && offset != kOutside ? inputs[0].values[base + offset] : value;
    for (std::size_t d = outer.size(); d-- > 0;) {
      if (++at[d] < outer[d]) break;
      at[d] = 0;
    }
  }
}

}  // namespace phasecore::graph
