#include "sim/analog/array.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/diagnostics.hpp"

namespace phasecore::analog {
namespace {

common::RandomKey device_key(const ArrayKey& key, common::Purpose purpose, std::uint32_t polarity) {
  return {key.seed, purpose, key.instance, key.layer, key.replica, polarity};
}

/// Read noise at one time: the bits of the time are its epoch, so that a time sees the same noise whatever
/// other times are read.
std::uint64_t epoch_of(double t_inference_s) {
  const double time = t_inference_s + 0.0;  // -0 is 0
  std::uint64_t bits = 0;
  std::memcpy(&bits, &time, sizeof bits);
  return bits;
}

/// Conductances of the devices of one polarity: those of the other sign are to be 0.
void targets(std::size_t n, const float* weights, float sign, const float* scales, float g_max, float* out) {
  for (std::size_t c = 0; c < n; ++c) {
    const float w = sign * weights[c] / scales[c];
    out[c] = (w > 0.0f ? w : 0.0f) * g_max;  // 0 for 0 / 0, too
  }
}

}  // namespace

float largest_magnitude(std::size_t n, const float* weights) {
  float largest = 0;
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::fabs(weights[i]));
  return largest;
}

std::vector<float> weight_scales(config::WeightScaling scaling, int rows, int cols, const float* weights,
                                 float layer_largest) {
  std::vector<float> scales(static_cast<std::size_t>(cols), 0.0f);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c)
      scales[c] = std::max(scales[c], std::fabs(weights[static_cast<std::size_t>(r) * cols + c]));
  if (scaling == config::WeightScaling::SubMatrix) {
    const float largest = cols == 0 ? 0.0f : *std::max_element(scales.begin(), scales.end());
    std::fill(scales.begin(), scales.end(), largest);
  }
  for (float& s : scales)
    if (s == 0.0f) s = layer_largest;
  return scales;
}

Conductances ideal_conductances(int rows, int cols, const float* weights, const std::vector<float>& scales,
                                int levels) {
  common::ensure(scales.size() == static_cast<std::size_t>(cols), "ideal_conductances: one scale per column");
  Conductances codes{rows, cols, std::vector<float>(static_cast<std::size_t>(rows) * cols)};
  const float full = static_cast<float>(levels);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) {
      const std::size_t i = static_cast<std::size_t>(r) * cols + c;
      codes.values[i] = weights[i] == 0.0f ? 0.0f : std::rint(weights[i] / scales[c] * full);
    }
  return codes;
}

ProgrammedArray::ProgrammedArray(const config::Device& device, const ArrayKey& key, int rows, int cols,
                                 const float* weights, const std::vector<float>& scales)
    : device_(device), key_(key), rows_(rows), cols_(cols) {
  common::ensure(scales.size() == static_cast<std::size_t>(cols), "ProgrammedArray: one scale per column");
  const std::size_t width = static_cast<std::size_t>(cols), n = width * static_cast<std::size_t>(rows);
  const float g_max = static_cast<float>(device.g_max_us);
  std::vector<float> target(width), z_prog(width), z_nu(width);
  for (std::uint32_t polarity = 0; polarity < 2; ++polarity) {
    auto& g = polarity == 0 ? g_positive_ : g_negative_;
    auto& nu = polarity == 0 ? nu_positive_ : nu_negative_;
    g.resize(n);
    nu.resize(n);
    const auto prog_key = device_key(key, common::Purpose::Programming, polarity);
    const auto nu_key = device_key(key, common::Purpose::DriftExponent, polarity);
    const float sign = polarity == 0 ? 1.0f : -1.0f;
    for (int r = 0; r < rows; ++r) {
      const std::size_t begin = static_cast<std::size_t>(r) * width;
      targets(width, weights + begin, sign, scales.data(), g_max, target.data());
      const auto row = static_cast<std::uint32_t>(key.row_begin + r);
      const auto col = static_cast<std::uint32_t>(key.col_begin);
      common::fill_normal(prog_key, 0, row, col, width, z_prog.data());
      common::fill_normal(nu_key, 0, row, col, width, z_nu.data());
      program(device, width, target.data(), z_prog.data(), z_nu.data(), g.data() + begin, nu.data() + begin);
    }
  }
}

Conductances ProgrammedArray::read(double t_inference_s, int levels) const {
  const std::size_t width = static_cast<std::size_t>(cols_);
  Conductances codes{rows_, cols_, std::vector<float>(width * static_cast<std::size_t>(rows_))};
  const auto positive_key = device_key(key_, common::Purpose::ReadNoise, 0);
  const auto negative_key = device_key(key_, common::Purpose::ReadNoise, 1);
  const std::uint64_t epoch = epoch_of(t_inference_s);
  const float codes_per_us = static_cast<float>(levels / device_.g_max_us);
  std::vector<float> z(width), positive(width), negative(width);
  for (int r = 0; r < rows_; ++r) {
    const std::size_t begin = static_cast<std::size_t>(r) * width;
    const auto row = static_cast<std::uint32_t>(key_.row_begin + r);
    const auto col = static_cast<std::uint32_t>(key_.col_begin);
    common::fill_normal(positive_key, epoch, row, col, width, z.data());
    analog::read(device_, width, g_positive_.data() + begin, nu_positive_.data() + begin, t_inference_s,
                 z.data(), positive.data());
    common::fill_normal(negative_key, epoch, row, col, width, z.data());
    analog::read(device_, width, g_negative_.data() + begin, nu_negative_.data() + begin, t_inference_s,
                 z.data(), negative.data());
    for (std::size_t c = 0; c < width; ++c)
      codes.values[begin + c] = std::rint((positive[c] - negative[c]) * codes_per_us);
  }
  return codes;
}

}  // namespace phasecore::analog
