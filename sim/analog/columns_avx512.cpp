#include "sim/analog/columns_body.hpp"

namespace phasecore::analog {
namespace {

struct Avx512 {
  using Floats = __m512;
  static constexpr std::size_t kWidth = 16;
  struct All {};
  struct Rest {
    explicit Rest(std::size_t count) : mask(static_cast<__mmask16>((1u << count) - 1)) {}
    __mmask16 mask;
  };

  static Floats all(float v) { return _mm512_set1_ps(v); }
  static Floats load(const float* p, All) { return _mm512_loadu_ps(p); }
  static Floats load(const float* p, const Rest& r) { return _mm512_maskz_loadu_ps(r.mask, p); }
  static void store(float* p, Floats v, All) { _mm512_storeu_ps(p, v); }
  static void store(float* p, Floats v, const Rest& r) { _mm512_mask_storeu_ps(p, r.mask, v); }
  static Floats load_codes(const std::int8_t* p, All) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
  }
  static Floats load_codes(const std::int8_t* p, const Rest& r) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(r.mask, p)));
  }
  /// Rounded half to even.
  static void store_codes(std::int8_t* p, Floats v, All) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
  }
  static void store_codes(std::int8_t* p, Floats v, const Rest& r) {
    _mm_mask_storeu_epi8(p, r.mask, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
  }
  static Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
  static Floats sub(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
  static Floats mul(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  static Floats div(Floats a, Floats b) { return _mm512_div_ps(a, b); }
  static Floats min(Floats a, Floats b) { return _mm512_min_ps(a, b); }
  static Floats max(Floats a, Floats b) { return _mm512_max_ps(a, b); }
  static Floats rint(Floats v) {
    return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static Floats abs(Floats v) { return _mm512_andnot_ps(all(-0.0f), v); }
  static Floats copy_sign(Floats size, Floats sign) {
    return _mm512_or_ps(abs(size), _mm512_and_ps(all(-0.0f), sign));
  }
  static Floats fp16(Floats v) {
    return _mm512_cvtph_ps(_mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
};

}  // namespace

void convert_linear_avx512(const CountColumns& c, const LinearLaw& law) {
  convert_linear<Avx512>(c, law);
}

void convert_cco_avx512(const CountColumns& c, const CcoLaw& law) {
  convert_cco<Avx512>(c, law);
}

void affine_avx512(const AffineColumns& c) {
  affine_columns<Avx512>(c);
}

void finish_avx512(const FinishedValues& f) {
  finish_values<Avx512>(f);
}

}  // namespace phasecore::analog
