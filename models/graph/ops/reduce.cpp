#include "models/graph/ops/reduce.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/graph/strides.hpp"

namespace phasecore::graph {
namespace {

using Kind = Reduce::Kind;

/// `shape` with dimensions of 1 where it is reduced.
Shape kept(Shape shape, const std::vector<int>& axes) {
  for (int axis : axes) shape[axis] = 1;
  return shape;
}

Shape without(const Shape& shape, const std::vector<int>& axes) {
  Shape rest;
  for (int d = 0; d < static_cast<int>(shape.size()); ++d)
    if (std::find(axes.begin(), axes.end(), d) == axes.end()) rest.push_back(shape[d]);
  return rest.empty() ? Shape{1} : rest;
}

double start_of(Kind kind) {
  if (kind == Kind::Prod) return 1;
  if (kind == Kind::Max || kind == Kind::LogSumExp) return -std::numeric_limits<double>::infinity();
  return kind == Kind::Min ? std::numeric_limits<double>::infinity() : 0;
}

void take(Kind kind, double x, double& so_far) {
  switch (kind) {
    case Kind::Max:
    case Kind::LogSumExp:  // the largest first
      so_far = std::max(so_far, x);
      break;
    case Kind::Min:
      so_far = std::min(so_far, x);
      break;
    case Kind::Prod:
      so_far *= x;
      break;
    case Kind::L1:
      so_far += std::fabs(x);
      break;
    case Kind::L2:
    case Kind::SumSquare:
      so_far += x * x;
      break;
    default:
      so_far += x;
  }
}

double finished(Kind kind, double value, double count) {
  switch (kind) {
    case Kind::Mean:
      return value / count;
    case Kind::L2:
      return std::sqrt(value);
    case Kind::LogSum:
      return std::log(value);
    default:
      return value;
  }
}

}  // namespace

std::string Reduce::name() const {
  static const char* const names[] = {"Mean", "Sum", "Max",    "Min",       "Prod",
                                      "L1",   "L2",  "LogSum", "LogSumExp", "SumSquare"};
  return std::string("Reduce") + names[static_cast<int>(kind)];
}

Shape Reduce::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  for (int axis : axes)
    if (!check_axis(axis, sources[0], findings)) return {};
  return keep_dims ? kept(*sources[0].shape, axes) : without(*sources[0].shape, axes);
}

void Reduce::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                 Scratch& /*scratch*/) const {
  const Shape& in = *inputs[0].shape;
  const float* x = inputs[0].values;
  const Strides to = broadcast_strides(kept(in, axes), in);
  const long long count = volume(shape);
  std::vector<double> results(static_cast<std::size_t>(count), start_of(kind));
  const float* value = x;
  for_each_offset<1>(in, {to}, {0},
                     [&](const auto& at) { take(kind, *value++, results[static_cast<std::size_t>(at[0])]); });
  if (kind == Kind::LogSumExp) {
    std::vector<double> sums(results.size(), 0);
    value = x;
    for_each_offset<1>(in, {to}, {0}, [&](const auto& at) {
      const auto place = static_cast<std::size_t>(at[0]);
      sums[place] += std::exp(*value++ - results[place]);
    });
    for (std::size_t i = 0; i < sums.size(); ++i) results[i] += std::log(sums[i]);
  }
  const double per_result = static_cast<double>(volume(in)) / static_cast<double>(count);
  for (std::size_t i = 0; i < results.size(); ++i)
    out[i] = static_cast<float>(finished(kind, results[i], per_result));
}

Shape ArgExtreme::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (!check_axis(axis, sources[0], findings)) return {};
  return keep_dims ? kept(*sources[0].shape, {axis}) : without(*sources[0].shape, {axis});
}

void ArgExtreme::run(const std::vector<Sample>& inputs, const Shape& /*shape*/, float* out,
                     Scratch& /*scratch*/) const {
  const AxisView view = view_along(*inputs[0].shape, axis);
  const float* x = inputs[0].values;
  for (long long o = 0; o < view.outer; ++o)
    for (long long i = 0; i < view.inner; ++i) {
      const float* line = x + o * view.extent * view.inner + i;
      long long best = 0;
      for (long long k = 1; k < view.extent; ++k) {
        const float value = line[k * view.inner], leader = line[best * view.inner];
        const bool better = largest ? value > leader : value < leader;
        if (better || (last && value == leader)) best = k;
      }
      *out++ = static_cast<float>(best);
    }
}

}  // namespace phasecore::graph
