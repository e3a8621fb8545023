#include "sim/numerics/epilogue.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "common/diagnostics.hpp"
#include "sim/analog/core_pass.hpp"

namespace phasecore::numerics {
namespace {

__m256 to_fp16(__m256 v) {
  return _mm256_cvtph_ps(_mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

__m256 load_codes(const std::int8_t* codes) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes))));
}

/// Eight at a time; the rest goes through a padded copy of eight, so that every element takes the same way.
template <class Kernel>
void by_eight(std::size_t count, const std::int8_t* codes, float* values, Kernel kernel) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps(values + i, kernel(_mm256_loadu_ps(values + i), load_codes(codes + i)));
  if (i == count) return;
  float rest[8] = {};
  std::int8_t rest_codes[8] = {};
  std::memcpy(rest, values + i, (count - i) * sizeof(float));
  std::memcpy(rest_codes, codes + i, count - i);
  _mm256_storeu_ps(rest, kernel(_mm256_loadu_ps(rest), load_codes(rest_codes)));
  std::memcpy(values + i, rest, (count - i) * sizeof(float));
}

}  // namespace

std::uint16_t fp16_bits(float value) {
  return _cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT);
}

float fp16_value(std::uint16_t bits) {
  return _cvtsh_ss(bits);
}

void round_fp16(std::size_t count, float* values) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) _mm256_storeu_ps(values + i, to_fp16(_mm256_loadu_ps(values + i)));
  for (; i < count; ++i) values[i] = analog::round_fp16(values[i]);
}

analog::Limits limits_of(const mapping::Activation& activation) {
  analog::Limits limits;
  if (activation.kind == mapping::ActivationKind::Relu) limits.low = 0;
  if (activation.kind == mapping::ActivationKind::Clip)
    limits = {analog::round_fp16(activation.low), analog::round_fp16(activation.high)};
  return limits;
}

void activate(const mapping::Activation& activation, std::size_t count, float* values) {
  if (activation.kind == mapping::ActivationKind::None) return;
  const auto [low, high] = limits_of(activation);
  for (std::size_t i = 0; i < count; ++i) {
    const float v = values[i] > low ? values[i] : low;
    values[i] = v < high ? v : high;
  }
}

void add_codes(std::size_t count, const std::int8_t* codes, float step, float* values) {
  const __m256 s = _mm256_set1_ps(step);
  by_eight(count, codes, values,
           [s](__m256 v, __m256 c) { return to_fp16(_mm256_add_ps(v, _mm256_mul_ps(c, s))); });
}

void decode(std::size_t count, const std::int8_t* codes, float step, float* values) {
  const __m256 s = _mm256_set1_ps(step);
  by_eight(count, codes, values, [s](__m256, __m256 c) { return to_fp16(_mm256_mul_ps(c, s)); });
}

void encode(std::size_t count, const float* values, float inverse_step, int max_code, std::int8_t* codes) {
  analog::finish({{}, {}, inverse_step, max_code}, {}, count, values, codes);
}

void pool_pixel(const mapping::Pool& pool, const Plane& plane, int out_y, int out_x, float* out) {
  const auto& [channels, height, width] = plane.raster;
  const graph::Axis y = graph::rows_of(pool.window, height), x = graph::columns_of(pool.window, width);
  const graph::Taps rows = y.taps(out_y), columns = x.taps(out_x);
  const int used = rows.count() * columns.count();
  common::ensure(used > 0, "numerics: a pool window outside the image");
  const bool largest = pool.kind == mapping::PoolKind::Max;
  const auto pixel_at = [&](int ky, int kx) {
    const std::ptrdiff_t pixel =
        static_cast<std::ptrdiff_t>(y.pixel(rows, ky)) * width + x.pixel(columns, kx);
    return plane.values + pixel * channels;
  };
  if (largest)
    std::copy_n(pixel_at(rows.begin, columns.begin), channels, out);
  else
    std::fill_n(out, channels, 0.0f);
  for (int ky = rows.begin; ky < rows.end; ++ky)
    for (int kx = columns.begin; kx < columns.end; ++kx) {
      const float* pixel = pixel_at(ky, kx);
      if (largest)
        for (int c = 0; c < channels; ++c) out[c] = pixel[c] > out[c] ? pixel[c] : out[c];
      else
        for (int c = 0; c < channels; ++c) out[c] += pixel[c];
    }
  if (largest) return;
  const auto divisor =
      static_cast<float>(pool.window.count_include_pad ? rows.padded * columns.padded : used);
  for (int c = 0; c < channels; ++c) out[c] = out[c] / divisor;
  round_fp16(channels, out);
}

}  // namespace phasecore::numerics
