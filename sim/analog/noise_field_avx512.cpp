#include "sim/analog/noise_field_body.hpp"

namespace phasecore::analog {
namespace {

struct Avx512 {
  using Words = __m512i;
  using Floats = __m512;
  static constexpr int kGroups = 2;

  class Counters {
   public:
    void set(int i, std::uint32_t block, std::uint32_t position, std::uint32_t image) {
      const __m256i blocks = _mm256_add_epi64(_mm256_set1_epi64x(block), _mm256_setr_epi64x(0, 1, 2, 3));
      blocks_[i] = blocks;
      positions_[i] = _mm256_set1_epi64x(position);
      images_[i] = _mm256_set1_epi64x(image);
    }
    Words blocks() const { return both(blocks_); }
    Words positions() const { return both(positions_); }
    Words images() const { return both(images_); }

   private:
    static Words both(const __m256i* halves) {
      return _mm512_inserti64x4(_mm512_castsi256_si512(halves[0]), halves[1], 1);
    }
    __m256i blocks_[2], positions_[2], images_[2];
  };

  static Words all(std::uint32_t word) { return _mm512_set1_epi64(word); }
  static Words product(Words a, Words b) { return _mm512_mul_epu32(a, b); }
  static Words high(Words a) { return _mm512_srli_epi64(a, 32); }
  static Words xor3(Words a, Words b, Words c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
  static Words interleave(Words even, Words odd) {
    return _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
  }

  static Floats probability(Words words) {
    const Words bits = _mm512_and_si512(words, _mm512_set1_epi32(0x7fffffff));
    return _mm512_cvtepi32_ps(_mm512_max_epi32(bits, _mm512_set1_epi32(1)));
  }
  static Words octaves(Floats f) { return _mm512_srli_epi32(_mm512_castps_si512(f), 23); }
  static Floats factor(Words octaves, int k) {
    return _mm512_permutex2var_ps(_mm512_load_ps(kQuantile[k]), octaves, _mm512_load_ps(kQuantile[k] + 16));
  }
  static Floats mantissa(Floats f) {
    return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(
        _mm512_castps_si512(f), _mm512_set1_epi32(0x007fffff), _mm512_set1_epi32(0x3f800000), 0xea));
  }
  static Floats fused(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
  static Floats with_sign(Floats z, Words words) {
    const Words sign = _mm512_and_si512(words, _mm512_set1_epi32(static_cast<int>(0x80000000)));
    return _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(z), sign));
  }
  static void store(float* out, Floats first, Floats second, std::ptrdiff_t groups) {
    _mm256_storeu_ps(out, _mm512_castps512_ps256(first));
    _mm256_storeu_ps(out + 8, _mm512_castps512_ps256(second));
    if (groups < 2) return;
    _mm256_storeu_ps(out + 16, _mm512_extractf32x8_ps(first, 1));
    _mm256_storeu_ps(out + 24, _mm512_extractf32x8_ps(second, 1));
  }
};

}  // namespace

void draw_noise_avx512(const NoiseField& field) {
  draw_noise<Avx512>(field);
}

}  // namespace phasecore::analog
