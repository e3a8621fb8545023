#include "sim/analog/noise_field_body.hpp"

namespace phasecore::analog {
namespace {

/// The factors of the eight octaves from 2^24 on, where 127 of 128 words lie, as one register permutes them.
constexpr float kFrequentOctave = 16777216.0f;
struct FrequentFactors {
  alignas(32) float of[kDegree + 1][8] = {};
  constexpr FrequentFactors() {
    for (int k = 0; k <= kDegree; ++k)
      for (int at = 23; at < 31; ++at) of[k][at % 8] = kQuantile[k][at];
  }
};
constexpr FrequentFactors kFrequent;

struct Avx2 {
  using Words = __m256i;
  using Floats = __m256;
  static constexpr int kGroups = 1;

  class Counters {
   public:
    void set(int, std::uint32_t block, std::uint32_t position, std::uint32_t image) {
      blocks_ = _mm256_add_epi64(_mm256_set1_epi64x(block), _mm256_setr_epi64x(0, 1, 2, 3));
      positions_ = _mm256_set1_epi64x(position);
      images_ = _mm256_set1_epi64x(image);
    }
    Words blocks() const { return blocks_; }
    Words positions() const { return positions_; }
    Words images() const { return images_; }

   private:
    __m256i blocks_, positions_, images_;
  };

  static Words all(std::uint32_t word) { return _mm256_set1_epi64x(word); }
  static Words product(Words a, Words b) { return _mm256_mul_epu32(a, b); }
  static Words high(Words a) { return _mm256_srli_epi64(a, 32); }
  static Words xor3(Words a, Words b, Words c) { return _mm256_xor_si256(_mm256_xor_si256(a, b), c); }
  static Words interleave(Words even, Words odd) {
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
  }

  static Floats probability(Words words) {
    const Words bits = _mm256_and_si256(words, _mm256_set1_epi32(0x7fffffff));
    return _mm256_cvtepi32_ps(_mm256_max_epi32(bits, _mm256_set1_epi32(1)));
  }
  struct Octaves {
    Words at;
    bool frequent;
  };
  static Octaves octaves(Floats f) {
    const Floats rare = _mm256_cmp_ps(f, _mm256_set1_ps(kFrequentOctave), _CMP_LT_OQ);
    return {_mm256_srli_epi32(_mm256_castps_si256(f), 23), _mm256_movemask_ps(rare) == 0};
  }
  static Floats factor(const Octaves& o, int k) {
    if (o.frequent) return _mm256_permutevar8x32_ps(_mm256_load_ps(kFrequent.of[k]), o.at);
    return _mm256_i32gather_ps(kQuantile[k], _mm256_and_si256(o.at, _mm256_set1_epi32(31)), 4);
  }
  static Floats mantissa(Floats f) {
    const Words bits = _mm256_and_si256(_mm256_castps_si256(f), _mm256_set1_epi32(0x007fffff));
    return _mm256_castsi256_ps(_mm256_or_si256(bits, _mm256_set1_epi32(0x3f800000)));
  }
  static Floats fused(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
  static Floats with_sign(Floats z, Words words) {
    const Words sign = _mm256_and_si256(words, _mm256_set1_epi32(static_cast<int>(0x80000000)));
    return _mm256_castsi256_ps(_mm256_xor_si256(_mm256_castps_si256(z), sign));
  }
  static void store(float* out, Floats first, Floats second, std::ptrdiff_t /*groups*/) {
    _mm256_storeu_ps(out, first);
    _mm256_storeu_ps(out + 8, second);
  }
};

}  // namespace

void draw_noise_v3(const NoiseField& field) {
  draw_noise<Avx2>(field);
}

}  // namespace phasecore::analog
