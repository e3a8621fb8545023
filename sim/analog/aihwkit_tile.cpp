#include "sim/analog/aihwkit_tile.hpp"

#include <cmath>

namespace phasecore::analog {
namespace {

/// Conductance per unit of weight: g_max stands for the largest magnitude (1 if there is none).
float us_per_weight(const config::Device& device, const float* weights, std::size_t n) {
  float largest = 0;
  for (std::size_t i = 0; i < n; ++i)
    largest = std::fabs(weights[i]) > largest ? std::fabs(weights[i]) : largest;
  return static_cast<float>(device.g_max_us) / (largest > 0.0f ? largest : 1.0f);
}

std::vector<float> one_polarity(const float* weights, std::size_t n, float sign, float ratio) {
  std::vector<float> g(n);
  for (std::size_t i = 0; i < n; ++i) {
    const float w = sign * weights[i];
    g[i] = w > 0.0f ? w * ratio : 0.0f;
  }
  return g;
}

std::vector<float> merged(const std::vector<float>& positive, const std::vector<float>& negative,
                          float ratio) {
  std::vector<float> w(positive.size());
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = (positive[i] - negative[i]) / ratio;
  return w;
}

}  // namespace

AihwkitTile::AihwkitTile(const config::Device& device, std::size_t n, const float* weights,
                         const TileDraws& z)
    : device_(device), nu_positive_(n), nu_negative_(n) {
  const float ratio = us_per_weight(device, weights, n);
  std::vector<float> positive = one_polarity(weights, n, 1.0f, ratio);
  std::vector<float> negative = one_polarity(weights, n, -1.0f, ratio);
  program(device, n, positive.data(), z.prog_positive, z.nu_positive, positive.data(), nu_positive_.data());
  program(device, n, negative.data(), z.prog_negative, z.nu_negative, negative.data(), nu_negative_.data());
  programmed_ = merged(positive, negative, ratio);
}

std::vector<float> AihwkitTile::read(double t_inference_s, const float* z_positive,
                                     const float* z_negative) const {
  const std::size_t n = programmed_.size();
  const float ratio = us_per_weight(device_, programmed_.data(), n);
  std::vector<float> positive = one_polarity(programmed_.data(), n, 1.0f, ratio);
  std::vector<float> negative = one_polarity(programmed_.data(), n, -1.0f, ratio);
  analog::read(device_, n, positive.data(), nu_positive_.data(), t_inference_s, z_positive, positive.data());
  analog::read(device_, n, negative.data(), nu_negative_.data(), t_inference_s, z_negative, negative.data());
  return merged(positive, negative, ratio);
}

}  // namespace phasecore::analog
