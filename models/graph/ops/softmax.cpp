#include "models/graph/ops/softmax.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/strides.hpp"

namespace phasecore::graph {
namespace {

Shape same_shape(int axis, const Source& source, Findings& findings) {
  return check_axis(axis, source, findings) ? *source.shape : Shape{};
}

/// `finish(x - largest, sum)` for every value, with the sum of exponentials of its line.
template <class Finish>
void along(int axis, const Sample& input, float* out, Finish finish) {
  const AxisView view = view_along(*input.shape, axis);
  for (long long o = 0; o < view.outer; ++o)
    for (long long i = 0; i < view.inner; ++i) {
      const long long start = o * view.extent * view.inner + i;
      const float* x = input.values + start;
      float* y = out + start;
      float largest = x[0];
      for (long long k = 1; k < view.extent; ++k) largest = std::max(largest, x[k * view.inner]);
      double sum = 0;
      for (long long k = 0; k < view.extent; ++k)
        sum += std::exp(static_cast<double>(x[k * view.inner]) - largest);
      for (long long k = 0; k < view.extent; ++k)
        y[k * view.inner] = static_cast<float>(finish(static_cast<double>(x[k * view.inner]) - largest, sum));
    }
}

}  // namespace

Shape Softmax::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  return same_shape(axis, sources[0], findings);
}

void Softmax::run(const std::vector<Sample>& inputs, const Shape& /*shape*/, float* out,
                  Scratch& /*scratch*/) const {
  along(axis, inputs[0], out, [](double x, double sum) { return std::exp(x) / sum; });
}

Shape LogSoftmax::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  return same_shape(axis, sources[0], findings);
}

void LogSoftmax::run(const std::vector<Sample>& inputs, const Shape& /*shape*/, float* out,
                     Scratch& /*scratch*/) const {
  along(axis, inputs[0], out, [](double x, double sum) { return x - std::log(sum); });
}

}  // namespace phasecore::graph
