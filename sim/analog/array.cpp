#include "sim/analog/array.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "common/diagnostics.hpp"

namespace phasecore::analog {
namespace {

common::RandomKey device_key(const ArrayKey& key, const DeviceRun& run, common::Purpose purpose,
                             std::uint32_t polarity) {
  return {key.seed, purpose, key.instance, key.layer, run.replica, polarity};
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
                                 const float* weights, const std::vector<float>& scales,
                                 std::vector<DeviceRun> runs)
    : device_(device), key_(key), rows_(rows), cols_(cols), runs_(std::move(runs)) {
  common::ensure(scales.size() == static_cast<std::size_t>(cols), "ProgrammedArray: one scale per column");
  const std::size_t width = static_cast<std::size_t>(cols), n = width * static_cast<std::size_t>(rows);
  runs_.reserve(std::max(runs_.size(), static_cast<std::size_t>(rows)));
  if (runs_.empty())
    for (int r = 0; r < rows; ++r)
      runs_.push_back({cols, key.replica, static_cast<std::uint32_t>(key.row_begin + r),
                       static_cast<std::uint32_t>(key.col_begin)});
  const float g_max = static_cast<float>(device.g_max_us);
  std::vector<float> target(width), z_prog(width), z_nu(width);
  for (std::uint32_t polarity = 0; polarity < 2; ++polarity) {
    auto& g = polarity == 0 ? g_positive_ : g_negative_;
    auto& nu = polarity == 0 ? nu_positive_ : nu_negative_;
    g.resize(n);
    nu.resize(n);
    const float sign = polarity == 0 ? 1.0f : -1.0f;
    std::size_t at = 0;
    for (const DeviceRun& run : runs_) {
      const auto count = static_cast<std::size_t>(run.count);
      targets(count, weights + at, sign, scales.data() + at % width, g_max, target.data());
      common::fill_normal(device_key(key, run, common::Purpose::Programming, polarity), 0, run.row,
                          run.column, count, z_prog.data());
      common::fill_normal(device_key(key, run, common::Purpose::DriftExponent, polarity), 0, run.row,
                          run.column, count, z_nu.data());
      program(device, count, target.data(), z_prog.data(), z_nu.data(), g.data() + at, nu.data() + at);
      at += count;
    }
    common::ensure(at == n, "ProgrammedArray: runs of other cells");
  }
}

Conductances ProgrammedArray::read(double t_inference_s, int levels, bool tell_negative) const {
  const std::size_t width = static_cast<std::size_t>(cols_);
  Conductances codes{rows_, cols_, std::vector<float>(width * static_cast<std::size_t>(rows_))};
  if (tell_negative) codes.negative.resize(codes.values.size());
  const std::uint64_t epoch = epoch_of(t_inference_s);
  const float codes_per_us = static_cast<float>(levels / device_.g_max_us);
  std::vector<float> z(width), positive(width), negative(width);
  std::size_t at = 0;
  for (const DeviceRun& run : runs_) {
    const auto count = static_cast<std::size_t>(run.count);
    common::fill_normal(device_key(key_, run, common::Purpose::ReadNoise, 0), epoch, run.row, run.column,
                        count, z.data());
    analog::read(device_, count, g_positive_.data() + at, nu_positive_.data() + at, t_inference_s, z.data(),
                 positive.data());
    common::fill_normal(device_key(key_, run, common::Purpose::ReadNoise, 1), epoch, run.row, run.column,
                        count, z.data());
    analog::read(device_, count, g_negative_.data() + at, nu_negative_.data() + at, t_inference_s, z.data(),
                 negative.data());
    for (std::size_t c = 0; c < count; ++c)
      codes.values[at + c] = std::rint((positive[c] - negative[c]) * codes_per_us);
    if (tell_negative)
      for (std::size_t c = 0; c < count; ++c) codes.negative[at + c] = std::rint(negative[c] * codes_per_us);
    at += count;
  }
  return codes;
}

}  // namespace phasecore::analog
