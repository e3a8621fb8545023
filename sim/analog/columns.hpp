// The elementwise passes behind a product, vector by vector and column by column, once per instruction set:
// sums to ADC counts, counts to FP16 values, values to codes. See AdcBank, affine() and finish().
#pragma once

#include <cstddef>
#include <cstdint>

namespace phasecore::analog {

/// Sums and normals have a stride of their own, counts lie side by side.
struct CountColumns {
  int vectors = 0;
  std::size_t cols = 0;
  const float* sums = nullptr;
  std::size_t sum_stride = 0;
  const float* normals = nullptr;  ///< null: no noise
  std::size_t normal_stride = 0;
  float* counts = nullptr;
};

struct LinearLaw {
  float gain = 0, noise = 0, top = 0;
};

struct CcoLaw {
  float gain = 0, noise = 0, top = 0, bow = 0, offset = 0, rounded_offset = 0;
  const float *raw_full = nullptr, *correction = nullptr;  ///< per column
};

struct AffineColumns {
  int vectors = 0;
  std::size_t cols = 0;
  const float* counts = nullptr;
  const float *scale = nullptr, *offset = nullptr;  ///< per column
  const std::int8_t* received = nullptr;            ///< null: none
  float received_step = 0;
  float* values = nullptr;
};

/// Values in a row. See finish().
struct FinishedValues {
  std::size_t count = 0;
  const float* values = nullptr;
  float first_low = 0, first_high = 0;  ///< clamp, before and ...
  float low = 0, high = 0;              ///< ... after codes are added
  const std::int8_t* const* added = nullptr;
  const float* steps = nullptr;  ///< per input that is added
  int inputs = 0;
  float inverse_step = 0, top = 0;
  std::int8_t* codes = nullptr;
};

void convert_linear_v3(const CountColumns& c, const LinearLaw& law);
void convert_cco_v3(const CountColumns& c, const CcoLaw& law);
void affine_v3(const AffineColumns& c);
void finish_v3(const FinishedValues& f);
void convert_linear_avx512(const CountColumns& c, const LinearLaw& law);
void convert_cco_avx512(const CountColumns& c, const CcoLaw& law);
void affine_avx512(const AffineColumns& c);
void finish_avx512(const FinishedValues& f);

}  // namespace phasecore::analog
