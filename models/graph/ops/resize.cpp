#include "models/graph/ops/resize.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/strides.hpp"

namespace phasecore::graph {
namespace {

/// A value of the output along one dimension: (1 - share) of one of the input, and share of another.
struct Mix {
  int first, second;
  float share;
};

double source_of(const Resize& op, int at, double scale, int in, int out) {
  switch (op.place) {
    case Resize::Place::AlignCorners:
      return out == 1 ? 0 : at * (in - 1.0) / (out - 1.0);
    case Resize::Place::Asymmetric:
      return at / scale;
    case Resize::Place::PytorchHalfPixel:
      return out > 1 ? (at + 0.5) / scale - 0.5 : 0;
    case Resize::Place::TfHalfPixelForNn:
      return (at + 0.5) / scale;
    default:
      return (at + 0.5) / scale - 0.5;
  }
}

double nearest(double place, Resize::Rounding rounding) {
  switch (rounding) {
    case Resize::Rounding::Floor:
      return std::floor(place);
    case Resize::Rounding::Ceil:
      return std::ceil(place);
    case Resize::Rounding::PreferCeil:
      return std::floor(place + 0.5);
    default:
      return std::ceil(place - 0.5);
  }
}

std::vector<Mix> mixes(const Resize& op, double scale, int in, int out) {
  std::vector<Mix> all;
  for (int at = 0; at < out; ++at) {
    const double place = source_of(op, at, scale, in, out);
    if (in == out && scale == 1 && op.place != Resize::Place::TfHalfPixelForNn) {
      all.push_back({at, at, 0});
    } else if (op.mode == Resize::Mode::Nearest) {
      const int pixel = static_cast<int>(std::clamp(nearest(place, op.rounding), 0.0, in - 1.0));
      all.push_back({pixel, pixel, 0});
    } else {
      const double clamped = std::clamp(place, 0.0, in - 1.0);
      const int first = static_cast<int>(std::floor(clamped));
      all.push_back({first, std::min(first + 1, in - 1), static_cast<float>(clamped - first)});
    }
  }
  return all;
}

}  // namespace

void Resize::check(Findings& findings) const {
  check_given_shape(target, findings);
  if (scales.size() != target.size()) return findings.add("sizes and scales must be as many");
  for (float scale : scales)
    if (!(scale > 0 && std::isfinite(scale)))
      return findings.add("scale " + std::to_string(scale) + " must be positive");
}

Shape Resize::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  if (sources[0].shape->size() == target.size()) return target;
  findings.add("resizes " + std::to_string(target.size()) + " dimensions, '" + *sources[0].name +
               "' delivers " + to_string(*sources[0].shape));
  return {};
}

/// One dimension after the other, those that shrink first, so that nothing is larger than input or output.
/// Each value is made of one or two neighbours.
void Resize::run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                 Scratch& /*scratch*/) const {
  Shape now = *inputs[0].shape;
  std::vector<float> from(inputs[0].values, inputs[0].values + volume(now)), to;
  std::vector<int> order;
  for (int d = static_cast<int>(shape.size()) - 1; d >= 0; --d) order.push_back(d);
  std::stable_partition(order.begin(), order.end(), [&](int d) { return shape[d] < now[d]; });
  for (const int d : order) {
    if (now[d] == shape[d] && scales[d] == 1) continue;
    const std::vector<Mix> all = mixes(*this, scales[d], now[d], shape[d]);
    const AxisView view = view_along(now, d);
    to.clear();
    to.reserve(static_cast<std::size_t>(view.outer * shape[d] * view.inner));
    for (long long o = 0; o < view.outer; ++o)
      for (const Mix& mix : all) {
        const float* a = from.data() + (o * view.extent + mix.first) * view.inner;
        const float* b = from.data() + (o * view.extent + mix.second) * view.inner;
        for (long long i = 0; i < view.inner; ++i)
          to.push_back(mix.share == 0 ? a[i] : a[i] + (b[i] - a[i]) * mix.share);
      }
    from.swap(to);
    now[d] = shape[d];
  }
  std::copy(from.begin(), from.end(), out);
}

}  // namespace phasecore::graph
