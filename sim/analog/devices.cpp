#include "sim/analog/devices.hpp"

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "sim/analog/vector_math.hpp"

namespace phasecore::analog {
namespace {

constexpr double kSmallestX = 1e-7;   // ln is taken of max(x, 1e-7), as in aihwkit
constexpr std::size_t kBlock = 1024;  // devices handled at a time: every temporary stays in the L1 cache

// --- one device in double: what the curves mean; the blocks below must agree with it (tested) ---

double polynomial(const std::vector<double>& c, double x) {
  double sum = 0;
  for (std::size_t k = c.size(); k-- > 0;) sum = sum * x + c[k];
  return sum;
}

double curve(const std::vector<config::CurvePiece>& pieces, double x) {
  for (const auto& p : pieces)
    if (x < p.upper || &p == &pieces.back()) {
      const double value = p.log_slope * std::log(std::max(x, kSmallestX)) + polynomial(p.polynomial, x);
      return std::min(std::max(value, p.low), p.high);
    }
  throw common::InternalError("a device curve without pieces");
}

// --- blocks in float ---

void block_polynomial(const std::vector<double>& c, std::size_t n, const float* x, float* out) {
  const float highest = c.empty() ? 0.0f : static_cast<float>(c.back());
  for (std::size_t i = 0; i < n; ++i) out[i] = highest;
  for (std::size_t k = c.size() - std::min<std::size_t>(c.size(), 1); k-- > 0;) {
    const float ck = static_cast<float>(c[k]);
    for (std::size_t i = 0; i < n; ++i) out[i] = out[i] * x[i] + ck;
  }
}

/// All pieces for all devices, last to first, blended where x lies below a piece's upper end.
void block_curve(const std::vector<config::CurvePiece>& pieces, std::size_t n, const float* x,
                 const float* ln_x, float* out) {
  common::ensure(!pieces.empty(), "a device curve without pieces");
  float value[kBlock];
  for (std::size_t k = pieces.size(); k-- > 0;) {
    const auto& p = pieces[k];
    const float slope = static_cast<float>(p.log_slope), upper = static_cast<float>(p.upper);
    const float low = static_cast<float>(p.low), high = static_cast<float>(p.high);
    block_polynomial(p.polynomial, n, x, value);
    for (std::size_t i = 0; i < n; ++i) {
      const float v = slope * ln_x[i] + value[i];
      const float raised = v < low ? low : v;
      value[i] = raised > high ? high : raised;
    }
    if (k + 1 == pieces.size())
      std::copy(value, value + n, out);
    else
      for (std::size_t i = 0; i < n; ++i) out[i] = x[i] < upper ? value[i] : out[i];
  }
}

/// x = g / g_max and its logarithm.
void block_argument(std::size_t n, const float* g, float g_max, float* x, float* ln_x) {
  constexpr float smallest = static_cast<float>(kSmallestX);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = g[i] / g_max;
    ln_x[i] = log_positive(x[i] < smallest ? smallest : x[i]);
  }
}

void block_read_noise(const config::ReadNoiseCurve& q, std::size_t n, const float* x, const float* ln_x,
                      float* out) {
  if (!(q.power_scale > 0)) return block_curve(q.pieces, n, x, ln_x, out);
  const float scale = static_cast<float>(q.power_scale), exponent = static_cast<float>(q.power_exponent);
  const float floor = static_cast<float>(q.power_floor), cap = static_cast<float>(q.power_cap);
  for (std::size_t i = 0; i < n; ++i) {
    float power = exp_clamped(exponent * ln_x[i]);
    power = power < floor ? floor : power;
    const float value = scale / power;
    out[i] = value > cap ? cap : value;
  }
}

}  // namespace

double programming_sigma(const config::Device& d, double g_target) {
  return polynomial(d.programming_sigma_us, g_target / d.g_max_us) * (d.g_max_us / d.reference_g_max_us);
}

double drift_mean(const config::Device& d, double g_target) {
  return curve(d.drift_mean, g_target / d.g_max_us);
}

double drift_sigma(const config::Device& d, double g_target) {
  return curve(d.drift_sigma, g_target / d.g_max_us);
}

double read_noise_q(const config::Device& d, double g_prog) {
  const auto& q = d.read_noise;
  const double x = g_prog / d.g_max_us;
  if (!(q.power_scale > 0)) return curve(q.pieces, x);
  return std::min(q.power_scale / std::max(std::pow(x, q.power_exponent), q.power_floor), q.power_cap);
}

void program(const config::Device& d, std::size_t n, const float* g_target, const float* z_prog,
             const float* z_nu, float* g_prog, float* nu) {
  const float g_max = static_cast<float>(d.g_max_us);
  const float sigma_scale = static_cast<float>(d.g_max_us / d.reference_g_max_us);
  float x[kBlock], ln_x[kBlock], sigma[kBlock], mean[kBlock], spread[kBlock];
  for (std::size_t begin = 0; begin < n; begin += kBlock) {
    const std::size_t m = std::min(kBlock, n - begin);
    const float *target = g_target + begin, *zp = z_prog + begin, *zn = z_nu + begin;
    float *g = g_prog + begin, *exponent = nu + begin;
    block_argument(m, target, g_max, x, ln_x);
    block_polynomial(d.programming_sigma_us, m, x, sigma);
    block_curve(d.drift_mean, m, x, ln_x, mean);
    block_curve(d.drift_sigma, m, x, ln_x, spread);
    for (std::size_t i = 0; i < m; ++i) {
      const float left = target[i] + sigma[i] * sigma_scale * zp[i];
      g[i] = left < 0.0f ? 0.0f : left;
      exponent[i] = std::fabs(mean[i] + spread[i] * zn[i]);
    }
  }
}

void read(const config::Device& d, std::size_t n, const float* g_prog, const float* nu, double t_inference_s,
          const float* z_read, float* g) {
  const float g_max = static_cast<float>(d.g_max_us);
  const double t = t_inference_s + d.t0_s;
  const float log_age = static_cast<float>(std::log(t / d.t0_s));
  const float log_factor = static_cast<float>(std::sqrt(std::log((t + d.read_time_s) / (2 * d.read_time_s))));
  float x[kBlock], ln_x[kBlock], q[kBlock];
  for (std::size_t begin = 0; begin < n; begin += kBlock) {
    const std::size_t m = std::min(kBlock, n - begin);
    const float *programmed = g_prog + begin, *exponent = nu + begin, *z = z_read + begin;
    float* out = g + begin;
    block_argument(m, programmed, g_max, x, ln_x);
    block_read_noise(d.read_noise, m, x, ln_x, q);
    for (std::size_t i = 0; i < m; ++i) {
      const float drifted = programmed[i] * exp_clamped(-exponent[i] * log_age);
      const float noisy = drifted + drifted * (q[i] * log_factor) * z[i];
      out[i] = noisy < 0.0f ? 0.0f : noisy;
    }
  }
}

}  // namespace phasecore::analog
