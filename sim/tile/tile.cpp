#include "sim/tile/tile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/diagnostics.hpp"
#include "common/quantile.hpp"
#include "common/random.hpp"

namespace phasecore::tile {
namespace {

using analog::Compensation;

/// Output noise of what is measured before any time has passed; no time has these bits.
constexpr std::uint64_t kBefore = ~std::uint64_t{0};

/// Figures of one instance at one time.
struct Figures {
  double rel_l2 = 0, alpha = 1, error_mean = 0, error_std = 0, weight_rms = 0;
};

/// Each output's error, in units of the exact outputs' root mean square.
struct Errors {
  double mean = 0, rms = 0;
  double deviation() const { return std::sqrt(rms * rms - mean * mean); }
};

Spread spread_of(const std::vector<Figures>& instances, double Figures::*figure) {
  double sum = 0, squares = 0;
  for (const Figures& f : instances) sum += f.*figure;
  const double n = static_cast<double>(instances.size()), mean = sum / n;
  for (const Figures& f : instances) squares += (f.*figure - mean) * (f.*figure - mean);
  return {mean,
          instances.size() > 1 ? std::sqrt(squares / (n - 1)) : std::numeric_limits<double>::quiet_NaN()};
}

std::vector<double> mean_magnitudes(const std::vector<float>& responses, std::size_t cols, bool per_column) {
  std::vector<double> sums(per_column ? cols : 1, 0.0);
  for (std::size_t i = 0; i < responses.size(); ++i)
    sums[per_column ? i % cols : 0] += std::fabs(static_cast<double>(responses[i]));
  return sums;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

/// The array with its converters, and what it should compute.
class Bench {
 public:
  explicit Bench(const Request& request)
      : request_(request),
        outputs_(static_cast<std::size_t>(request.weights.rows)),
        inputs_(static_cast<std::size_t>(request.weights.cols)),
        vectors_(static_cast<std::size_t>(request.inputs.rows)),
        io_(io_of(request.converters, request.device.g_max_us)),
        x_(request.inputs.values) {
    const float g_max = largest_magnitude(request.weights);
    if (!(g_max > 0)) throw common::InputError(request.weights.source + ": all weights are 0");
    std::vector<float> weights = request.weights.values;
    for (float& w : weights) w /= g_max;
    weights_ = exact_weights(std::move(weights));
    if (request.converters.input_scale == InputScale::Largest) {
      const float largest = largest_magnitude(request.inputs);
      for (float& x : x_) x = largest > 0 ? x / largest : x;
    }
    for (const std::int8_t sign : analog::readout_signs(request.readout_inputs, request.weights.cols))
      readout_x_.push_back(sign);
    exact_.resize(vectors_ * outputs_);
    multiply(perfect_io(), weights_, x_, exact_, {});
    double squares = 0;
    for (const float y : exact_) squares += double{y} * y;
    rms_ = std::sqrt(squares / static_cast<double>(exact_.size()));
    if (!(rms_ > 0)) throw common::InputError(request.inputs.source + ": all exact outputs are 0");
    if (request.converters.out_quantile)
      io_.output_bound = calibrated_bound(*request.converters.out_quantile);
  }

  const Weights& weights() const { return weights_; }

  std::optional<double> out_bound() const {
    return io_.output_bound > 0 ? std::optional<double>(io_.output_bound) : std::nullopt;
  }

  std::size_t clipped_inputs() const {
    if (!(io_.input_bound > 0) || io_.scale_by_abs_max) return 0;
    std::size_t clipped = 0;
    for (const float x : x_) clipped += std::fabs(x) > io_.input_bound ? 1 : 0;
    return clipped;
  }

  /// Response to the readout's inputs: its mean magnitude, of each output for `gdc-column`.
  std::vector<double> readout(const Weights& weights, std::uint32_t instance, std::uint64_t epoch) {
    response_.resize(inputs_ * outputs_);
    multiply(io_, weights, readout_x_, response_, {common::Purpose::Compensation, instance, epoch});
    return mean_magnitudes(response_, outputs_, request_.compensation == Compensation::GdcColumn);
  }

  /// `alpha`: of all outputs or of each.
  Errors errors(const Weights& weights, const std::vector<double>& alpha, std::uint32_t instance,
                std::uint64_t epoch) {
    y_.resize(exact_.size());
    multiply(io_, weights, x_, y_, {common::Purpose::OutputNoise, instance, epoch});
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < y_.size(); ++i) {
      const double error = y_[i] * alpha[alpha.size() > 1 ? i % outputs_ : 0] - exact_[i];
      sum += error;
      squares += error * error;
    }
    const double n = static_cast<double>(y_.size());
    return {sum / n / rms_, std::sqrt(squares / n) / rms_};
  }

  double weight_rms(const Weights& weights, const std::vector<double>& alpha) const {
    double squares = 0;
    const std::vector<float>&now = weights.merged, &exact = weights_.merged;
    for (std::size_t i = 0; i < now.size(); ++i)
      squares += std::pow(now[i] * alpha[alpha.size() > 1 ? i / inputs_ : 0] - exact[i], 2);
    return std::sqrt(squares / static_cast<double>(now.size()));
  }

 private:
  /// The noise of one product with many vectors.
  struct Noise {
    common::Purpose purpose = common::Purpose::OutputNoise;
    std::uint32_t instance = 0;
    std::uint64_t epoch = 0;
  };

  /// What the share `covered` of the exact outputs do not exceed, as the converters see them.
  float calibrated_bound(double covered) const {
    common::Quantile sizes(covered, exact_.size());
    for (std::size_t v = 0; v < vectors_; ++v) {
      float scale = 1;
      if (io_.scale_by_abs_max) {
        const auto begin = x_.begin() + static_cast<std::ptrdiff_t>(v * inputs_);
        scale = 0;
        std::for_each(begin, begin + static_cast<std::ptrdiff_t>(inputs_),
                      [&](float x) { scale = std::max(scale, std::fabs(x)); });
      }
      for (std::size_t j = 0; j < outputs_; ++j)
        sizes.add(scale > 0 ? std::fabs(exact_[v * outputs_ + j]) / scale : 0.0f);
    }
    return sizes.value() > 0 ? sizes.value() : static_cast<float>(rms_);
  }

  void multiply(const analog::AihwkitIo& io, const Weights& weights, const std::vector<float>& x,
                std::vector<float>& y, const Noise& noise) const {
    const common::RandomKey key{request_.seed, noise.purpose, noise.instance, common::stable_hash("tile")};
    std::uint32_t pass = 0;
    analog::aihwkit_mvm(
        io,
        {static_cast<int>(outputs_), static_cast<int>(inputs_), weights.merged.data(),
         weights.negative.data()},
        static_cast<int>(x.size() / inputs_), x.data(),
        [&](std::size_t n, float* z) { common::fill_normal(key, noise.epoch, pass++, 0, n, z); }, y.data());
  }

  const Request& request_;
  std::size_t outputs_, inputs_, vectors_;
  analog::AihwkitIo io_;
  Weights weights_;
  std::vector<float> x_, readout_x_, exact_, y_, response_;
  double rms_ = 0;
};

void check(const Request& r) {
  check(r.converters);
  if (r.weights.cols != r.inputs.cols)
    throw common::InputError(fmt::format("the weights ({}) take {} inputs; the vectors ({}) have {}",
                                         r.weights.source, r.weights.cols, r.inputs.source, r.inputs.cols));
  if (r.compensation == Compensation::AdaBs)
    throw common::InputError(
        "compensation adabs re-estimates the layers of a network; of one array: none, gdc, gdc-column");
  if (r.times_s.empty()) throw common::InputError("no times are given");
  if (r.instances < 1) throw common::InputError("at least one instance is needed");
}

}  // namespace

double equivalent_bits(double weight_rms) {
  return std::log2(1 + 2 / (std::sqrt(12.0) * weight_rms));
}

void choose_matrices(std::optional<Matrix> weights, std::optional<Matrix> inputs, Request& r) {
  constexpr int kOutputs = 256, kInputs = 256, kVectors = 64;
  r.weights =
      weights ? std::move(*weights) : random_weights(r.seed, kOutputs, inputs ? inputs->cols : kInputs);
  r.inputs = inputs ? std::move(*inputs) : random_inputs(r.seed, kVectors, r.weights.cols);
}

Characterisation characterise(const Request& request) {
  check(request);
  Bench bench(request);
  const std::vector<double> none{1.0};
  Characterisation result;
  result.clipped_inputs = bench.clipped_inputs();
  result.out_bound = bench.out_bound();
  result.converters_rel_l2 = bench.errors(bench.weights(), none, 0, kBefore).rms;

  const std::size_t times = request.times_s.size();
  std::vector<Figures> programmed;
  std::vector<std::vector<Figures>> at(times);
  for (int k = 0; k < request.instances; ++k) {
    const auto instance = static_cast<std::uint32_t>(k);
    const auto array =
        program(request.mode, request.device, bench.weights().merged, {request.seed, instance});
    const std::vector<double> baseline = bench.readout(array->programmed(), instance, kBefore);
    programmed.push_back({bench.errors(array->programmed(), none, instance, kBefore).rms});
    for (std::size_t t = 0; t < times; ++t) {
      const double time_s = request.times_s[t];
      const std::uint64_t epoch = epoch_of(time_s);
      const Weights weights = array->read(time_s);
      const std::vector<double> alpha = analog::alphas(baseline, bench.readout(weights, instance, epoch));
      const auto& applied = request.compensation == Compensation::None ? none : alpha;
      const Errors errors = bench.errors(weights, applied, instance, epoch);
      at[t].push_back(
          {errors.rms, mean_of(alpha), errors.mean, errors.deviation(), bench.weight_rms(weights, applied)});
    }
    if (request.on_instance) request.on_instance(k + 1);
  }
  result.programmed_rel_l2 = spread_of(programmed, &Figures::rel_l2);
  for (std::size_t t = 0; t < times; ++t) {
    Point p;
    p.time_s = request.times_s[t];
    p.rel_l2 = spread_of(at[t], &Figures::rel_l2);
    p.alpha = spread_of(at[t], &Figures::alpha);
    p.error_mean = spread_of(at[t], &Figures::error_mean);
    p.error_std = spread_of(at[t], &Figures::error_std);
    p.weight_rms = spread_of(at[t], &Figures::weight_rms);
    p.equivalent_bits = equivalent_bits(p.weight_rms.mean);
    result.points.push_back(p);
  }
  return result;
}

}  // namespace phasecore::tile
