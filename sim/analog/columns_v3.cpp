#include "sim/analog/columns_body.hpp"

namespace phasecore::analog {
namespace {

struct Avx2 {
  using Floats = __m256;
  static constexpr std::size_t kWidth = 8;
  struct All {};
  struct Rest {
    explicit Rest(std::size_t count) : count(count) {
      const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
      mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lanes);
    }
    __m256i mask;
    std::size_t count;
  };

  static Floats all(float v) { return _mm256_set1_ps(v); }
  static Floats load(const float* p, All) { return _mm256_loadu_ps(p); }
  static Floats load(const float* p, const Rest& r) { return _mm256_maskload_ps(p, r.mask); }
  static void store(float* p, Floats v, All) { _mm256_storeu_ps(p, v); }
  static void store(float* p, Floats v, const Rest& r) { _mm256_maskstore_ps(p, r.mask, v); }
  static Floats load_codes(const std::int8_t* p, All) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
  }
  static Floats load_codes(const std::int8_t* p, const Rest& r) {
    alignas(8) std::int8_t codes[8] = {};
    for (std::size_t i = 0; i < r.count; ++i) codes[i] = p[i];
    return load_codes(codes, All());
  }
  /// Rounded half to even.
  static void store_codes(std::int8_t* p, Floats v, All) {
    const __m256i codes = _mm256_cvtps_epi32(v);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(codes), _mm256_extracti128_si256(codes, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(words, words));
  }
  static void store_codes(std::int8_t* p, Floats v, const Rest& r) {
    alignas(8) std::int8_t codes[8];
    store_codes(codes, v, All());
    for (std::size_t i = 0; i < r.count; ++i) p[i] = codes[i];
  }
  static Floats add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
  static Floats sub(Floats a, Floats b) { return _mm256_sub_ps(a, b); }
  static Floats mul(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
  static Floats div(Floats a, Floats b) { return _mm256_div_ps(a, b); }
  static Floats min(Floats a, Floats b) { return _mm256_min_ps(a, b); }
  static Floats max(Floats a, Floats b) { return _mm256_max_ps(a, b); }
  static Floats rint(Floats v) { return _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Floats abs(Floats v) { return _mm256_andnot_ps(all(-0.0f), v); }
  static Floats copy_sign(Floats size, Floats sign) {
    return _mm256_or_ps(abs(size), _mm256_and_ps(all(-0.0f), sign));
  }
  static Floats fp16(Floats v) {
    return _mm256_cvtph_ps(_mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
};

}  // namespace

void convert_linear_v3(const CountColumns& c, const LinearLaw& law) {
  convert_linear<Avx2>(c, law);
}

void convert_cco_v3(const CountColumns& c, const CcoLaw& law) {
  convert_cco<Avx2>(c, law);
}

void affine_v3(const AffineColumns& c) {
  affine_columns<Avx2>(c);
}

void finish_v3(const FinishedValues& f) {
  finish_values<Avx2>(f);
}

}  // namespace phasecore::analog
