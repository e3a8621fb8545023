#include "sim/analog/core_pass.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "sim/analog/converter.hpp"

namespace phasecore::analog {

namespace {

/// Bytes of sums that are held at once: they are converted while they are in the first-level cache.
constexpr std::size_t kSumBytes = 16 * 1024;

}  // namespace

void multiply(const PackedConductances& array, const Converter& converter, const CodeLimits& limits,
              const InputVectors& vectors, const NoiseAddresses& addresses, const NoiseKey& noise,
              float* counts) {
  const std::size_t cols = static_cast<std::size_t>(array.cols()), stride = array.stride();
  const AdcBank adc(converter, limits, noise, array.cols());
  common::ensure(!adc.noisy() || (addresses.images && addresses.positions),
                 "multiply: output noise needs its addresses");
  const common::RandomKey key{noise.seed, common::Purpose::OutputNoise, noise.instance, noise.layer};
  const int together = static_cast<int>(std::max<std::size_t>(kSumBytes / (stride * sizeof(float)), 8));
  std::vector<float> sums(static_cast<std::size_t>(std::min(together, vectors.count)) * stride), z(cols);
  for (int begin = 0; begin < vectors.count; begin += together) {
    const int n = std::min(together, vectors.count - begin);
    array.multiply({n, vectors.addresses + begin, vectors.offsets}, sums.data());
    for (int v = 0; v < n; ++v) {
      const int b = begin + v;
      if (adc.noisy()) {
        const auto image = static_cast<std::uint32_t>(addresses.images[b]);
        const std::uint64_t epoch =
            (std::uint64_t{image} << 32) | static_cast<std::uint32_t>(noise.chain_position);
        common::fill_normal(key, epoch, static_cast<std::uint32_t>(addresses.positions[b]),
                            static_cast<std::uint32_t>(noise.col_begin), cols, z.data());
      }
      adc.convert(sums.data() + static_cast<std::size_t>(v) * stride, z.data(),
                  counts + static_cast<std::size_t>(b) * cols);
    }
  }
}

float round_fp16(float value) {
  return _cvtsh_ss(_cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT));
}

std::int8_t to_code(float value, float inverse_step, int max_code) {
  const float top = static_cast<float>(max_code);
  const float steps = std::rint(value * inverse_step);
  if (!(steps > -top)) return static_cast<std::int8_t>(-max_code);
  return static_cast<std::int8_t>(steps < top ? steps : top);
}

void affine(int batch, int cols, const float* counts, const Affine& a, const std::int8_t* received,
            float received_step, float* values) {
  const std::size_t n = static_cast<std::size_t>(cols);
  common::ensure(a.scale.size() == n && a.offset.size() == n, "affine: one scale and offset per column");
  const float *scale = a.scale.data(), *offset = a.offset.data();
  for (std::size_t b = 0; b < static_cast<std::size_t>(batch); ++b) {
    const float* from = counts + b * n;
    float* to = values + b * n;
    for (std::size_t j = 0; j < n; ++j) to[j] = from[j] * scale[j] + offset[j];
    if (received)
      for (std::size_t j = 0; j < n; ++j) to[j] += static_cast<float>(received[b * n + j]) * received_step;
    std::size_t j = 0;
    for (; j + 8 <= n; j += 8)
      _mm256_storeu_ps(to + j,
                       _mm256_cvtph_ps(_mm256_cvtps_ph(_mm256_loadu_ps(to + j), _MM_FROUND_TO_NEAREST_INT)));
    for (; j < n; ++j) to[j] = round_fp16(to[j]);
  }
}

}  // namespace phasecore::analog
