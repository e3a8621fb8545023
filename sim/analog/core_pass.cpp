#include "sim/analog/core_pass.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "common/diagnostics.hpp"
#include "common/isa.hpp"
#include "sim/analog/columns.hpp"
#include "sim/analog/converter.hpp"

namespace phasecore::analog {

namespace {

/// Bytes of sums that are held at once: they are converted while they are in the first-level cache.
constexpr std::size_t kSumBytes = 16 * 1024;

}  // namespace

void multiply(const Crossbar& crossbar, const Converter& converter, const CodeLimits& limits,
              const InputVectors& vectors, const NoiseAddresses& addresses, const NoiseKey& noise,
              float* counts) {
  const PackedConductances& array = crossbar.codes;
  const std::size_t cols = static_cast<std::size_t>(array.cols()), stride = array.stride();
  const AdcBank adc(converter, limits, noise, array.cols());
  common::ensure(!adc.noisy() || (addresses.images && addresses.positions),
                 "multiply: output noise needs its addresses");
  const OutputNoise field(noise, array.cols());
  const int together = static_cast<int>(std::max<std::size_t>(kSumBytes / (stride * sizeof(float)), 8));
  const auto held = static_cast<std::size_t>(std::min(together, vectors.count));
  // Not initialised: every value that is read is written before.
  const std::unique_ptr<float[]> sums(new float[held * stride]);
  const bool keeps = addresses.drawn != nullptr;
  const std::unique_ptr<float[]> normals(new float[adc.noisy() && !keeps ? held * field.stride() : 0]);
  for (int begin = 0; begin < vectors.count; begin += together) {
    const int n = std::min(together, vectors.count - begin);
    const InputVectors block{n, vectors.addresses + begin, vectors.offsets};
    array.multiply(block, sums.get());
    if (crossbar.lines != nullptr) crossbar.lines->apply(block, stride, sums.get());
    float* z = normals.get();
    bool fresh = adc.noisy();
    if (adc.noisy() && keeps) z = addresses.drawn->next(static_cast<std::size_t>(n) * field.stride(), fresh);
    if (fresh) field.draw(n, {addresses.images + begin, addresses.positions + begin}, z);
    adc.convert({n, cols, sums.get(), stride, z + (adc.noisy() ? field.first() : 0), field.stride(),
                 counts + static_cast<std::size_t>(begin) * cols});
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
  const AffineColumns columns{batch,           n,        counts,        a.scale.data(),
                              a.offset.data(), received, received_step, values};
  return common::isa() >= common::Isa::Avx512 ? affine_avx512(columns) : affine_v3(columns);
}

void finish(const Finish& f, const AddedCodes& added, std::size_t count, const float* values,
            std::int8_t* codes) {
  common::ensure(added.codes.size() == added.steps.size(), "finish: a step for each input");
  const FinishedValues all{count,
                           values,
                           f.first.low,
                           f.first.high,
                           f.last.low,
                           f.last.high,
                           added.codes.data(),
                           added.steps.data(),
                           static_cast<int>(added.codes.size()),
                           f.inverse_step,
                           static_cast<float>(f.max_code),
                           codes};
  return common::isa() >= common::Isa::Avx512 ? finish_avx512(all) : finish_v3(all);
}

}  // namespace phasecore::analog
