#include "sim/analog/aihwkit_mvm.hpp"

#include <cmath>
#include <vector>

#include "common/diagnostics.hpp"

namespace phasecore::analog {
namespace {

float largest_magnitude(const float* x, std::size_t n) {
  float largest = 0;
  for (std::size_t i = 0; i < n; ++i) largest = std::fabs(x[i]) > largest ? std::fabs(x[i]) : largest;
  return largest;
}

float clip(float v, float bound) {
  if (!(bound > 0)) return v;
  return v > bound ? bound : v < -bound ? -bound : v;
}

float step_of(float resolution, float bound) {
  return resolution > 0 && bound > 0 ? resolution * 2.0f * bound : 0.0f;
}

float quantised(float v, float step) {
  return step > 0 ? std::rint(v / step) * step : v;  // half to even, before any clipping
}

/// Weights as inputs x outputs, so that sums over inputs run beside each other.
class Product {
 public:
  explicit Product(const AihwkitArray& array)
      : outputs_(static_cast<std::size_t>(array.outputs)),
        inputs_(static_cast<std::size_t>(array.inputs)),
        w_(by_input(array.w)),
        sum_(outputs_),
        shaped_(outputs_),
        current_(outputs_) {
    if (array.negative != nullptr) negative_ = by_input(array.negative);
  }

  /// Sums in double, rounded once: aihwkit leaves the order of its float sums to its BLAS.
  void plain(const std::vector<float>& v, float* y) {
    sum_.assign(outputs_, 0.0);
    for (std::size_t i = 0; i < inputs_; ++i) {
      const double vi = v[i];
      if (vi == 0) continue;  // one-hot inputs of a readout: nothing but zeros
      const float* row = w_.data() + i * outputs_;
      for (std::size_t o = 0; o < outputs_; ++o) sum_[o] += row[o] * vi;
    }
    for (std::size_t o = 0; o < outputs_; ++o) y[o] = static_cast<float>(sum_[o]);
  }

  /// What reaches the limit or flows against the devices' usual polarity, by the law of the chips' lines.
  void separate(const LineEffects& lines, const std::vector<float>& v, float* y) {
    currents_.assign(outputs_, {});
    for (std::size_t i = 0; i < inputs_; ++i) {
      const double size = std::fabs(v[i]);
      if (size == 0) continue;
      const std::size_t row = i * outputs_;
      for (std::size_t o = 0; o < outputs_; ++o) {
        const double negative = negative_[row + o], positive = w_[row + o] + negative;
        LineCurrents& c = currents_[o];
        (v[i] > 0 ? c.positive : c.positive_of_minus) += size * positive;
        (v[i] > 0 ? c.negative : c.negative_of_minus) += size * negative;
      }
    }
    for (std::size_t o = 0; o < outputs_; ++o)
      y[o] = static_cast<float>(delivered(lines, lines.limit, y[o], currents_[o]));
  }

  /// Subtracts the voltage lost along the wires: a quadratic profile over the inputs, scaled by a cubic in
  /// the line's total current.
  void subtract_ir_drop(const std::vector<float>& v, float strength, float g_ratio, float* y) {
    shaped_.assign(outputs_, 0.0);
    current_.assign(outputs_, 0.0);
    for (std::size_t i = 0; i < inputs_; ++i) {
      const double left = 1.0 - static_cast<double>(i) / static_cast<double>(inputs_);
      const double profile = 1.0 - left * left, vi = v[i];
      const float* row = w_.data() + i * outputs_;
      for (std::size_t o = 0; o < outputs_; ++o) {
        shaped_[o] += row[o] * vi * profile;
        current_[o] += std::fabs(row[o] * vi);
      }
    }
    for (std::size_t o = 0; o < outputs_; ++o) {
      const double a = static_cast<double>(inputs_) / g_ratio * current_[o];
      const double c = a * (a * (0.05 * a - 0.2) + 0.5);
      y[o] -= static_cast<float>(strength * c * shaped_[o]);
    }
  }

 private:
  std::vector<float> by_input(const float* from) const {
    std::vector<float> to(outputs_ * inputs_);
    for (std::size_t o = 0; o < outputs_; ++o)
      for (std::size_t i = 0; i < inputs_; ++i) to[i * outputs_ + o] = from[o * inputs_ + i];
    return to;
  }

  std::size_t outputs_, inputs_;
  std::vector<float> w_, negative_;
  std::vector<double> sum_, shaped_, current_;
  std::vector<LineCurrents> currents_;
};

}  // namespace

void aihwkit_mvm(const AihwkitIo& io, const AihwkitArray& array, int batch, const float* x,
                 const std::function<void(std::size_t, float*)>& normals, float* y) {
  common::ensure(!io.iterative_bound || io.output_bound > 0, "aihwkit_mvm: iterative bound without a bound");
  common::ensure(!io.lines.separates() || array.negative != nullptr,
                 "aihwkit_mvm: negative devices are not told");
  const std::size_t n_in = static_cast<std::size_t>(array.inputs),
                    n_out = static_cast<std::size_t>(array.outputs);
  const float step_in = step_of(io.input_resolution, io.input_bound);
  const float step_out = step_of(io.output_resolution, io.output_bound);
  Product product(array);
  std::vector<float> v(n_in), z(n_out);
  for (std::size_t b = 0; b < static_cast<std::size_t>(batch); ++b) {
    const float* in = x + b * n_in;
    float* out = y + b * n_out;
    const float largest = io.scale_by_abs_max ? largest_magnitude(in, n_in) : 1.0f;
    if (largest == 0.0f) {
      for (std::size_t o = 0; o < n_out; ++o) out[o] = 0.0f;
      continue;
    }
    const float scale = 1.0f / largest;
    float reduction = 1.0f;
    for (bool fits = false; !fits; reduction *= 2.0f) {
      // This order of float operations: halving puts the largest input exactly on a rounding tie.
      for (std::size_t i = 0; i < n_in; ++i)
        v[i] = clip(quantised(in[i] * scale / reduction, step_in), io.input_bound);
      product.plain(v, out);
      if (io.lines.separates()) product.separate(io.lines, v, out);
      if (io.ir_drop > 0) product.subtract_ir_drop(v, io.ir_drop, io.ir_drop_g_ratio, out);
      if (io.output_noise > 0) {
        normals(n_out, z.data());
        for (std::size_t o = 0; o < n_out; ++o) out[o] += io.output_noise * z[o];
      }
      bool over = false;
      for (std::size_t o = 0; o < n_out; ++o) {
        const float rounded = quantised(out[o], step_out);
        over = over || (io.output_bound > 0 && std::fabs(rounded) > io.output_bound);
        out[o] = clip(rounded, io.output_bound) * largest * reduction;
      }
      const bool give_up = reduction > io.max_bound_reduction ||
                           (step_in > 0 && reduction > io.max_bound_resolution / step_in);
      fits = !io.iterative_bound || !over || give_up;
    }
  }
}

}  // namespace phasecore::analog
