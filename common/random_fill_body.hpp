// Philox, normals and uniforms in plain loops, compiled once per instruction set: only IEEE basic operations
// (and no contraction), so that all give the same bits. Included by random_fill_*.cpp alone: everything is in
// an unnamed namespace and calls no inline function of a library (docs/decisions/015-instruction-sets.md).
#pragma once

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "common/philox_constants.hpp"
#include "common/random_fill.hpp"

namespace phasecore::common {
namespace {

using philox::kMultiplier0, philox::kMultiplier1, philox::kWeyl0, philox::kWeyl1;
constexpr std::uint32_t kRounds = 10;

/// 64-bit lanes; words live in their low halves, rubbish in the high halves never matters.
#ifdef __AVX512F__
constexpr int kLanes = 8;
using Lanes = std::uint64_t __attribute__((vector_size(64)));
constexpr Lanes kCount = {0, 1, 2, 3, 4, 5, 6, 7};
#else
constexpr int kLanes = 4;
using Lanes = std::uint64_t __attribute__((vector_size(32)));
constexpr Lanes kCount = {0, 1, 2, 3};
#endif

/// Widening products of the low halves.
inline Lanes multiply(Lanes a, Lanes b) {
#if defined(__AVX512F__)
  return reinterpret_cast<Lanes>(
      _mm512_mul_epu32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
  // GCC makes twenty shuffles or shifts and adds of the portable form below; this is one instruction.
  return reinterpret_cast<Lanes>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#else
  return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

/// N Philox blocks side by side: word[lane][block].
template <int N>
struct Blocks {
  std::uint32_t word[4][N];

  Blocks(const std::uint32_t (&key)[2], std::uint64_t epoch, std::uint32_t row, std::uint32_t first_block) {
    const Lanes multiplier0 = Lanes{} + kMultiplier0;
    const Lanes multiplier1 = Lanes{} + kMultiplier1;
    for (int i = 0; i < N; i += kLanes) {
      Lanes x0 = kCount + (first_block + static_cast<std::uint64_t>(i));
      Lanes x1 = Lanes{} + row;
      Lanes x2 = Lanes{} + epoch;
      Lanes x3 = Lanes{} + (epoch >> 32);
#pragma GCC unroll 10
      for (std::uint32_t round = 0; round < kRounds; ++round) {
        const Lanes product0 = multiply(multiplier0, x0);
        const Lanes product1 = multiply(multiplier1, x2);
        x0 = (product1 >> 32) ^ x1 ^ (Lanes{} + (key[0] + round * kWeyl0));
        x1 = product1;
        x2 = (product0 >> 32) ^ x3 ^ (Lanes{} + (key[1] + round * kWeyl1));
        x3 = product0;
      }
      for (int j = 0; j < kLanes; ++j) {
        word[0][i + j] = static_cast<std::uint32_t>(x0[j]);
        word[1][i + j] = static_cast<std::uint32_t>(x1[j]);
        word[2][i + j] = static_cast<std::uint32_t>(x2[j]);
        word[3][i + j] = static_cast<std::uint32_t>(x3[j]);
      }
    }
  }
};

inline float float_from_bits(std::int32_t bits) {
  float value = 0;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

inline std::int32_t bits_of(float value) {
  std::int32_t bits = 0;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// Natural logarithm of a positive normal float (Cephes logf: polynomial on [sqrt(1/2), sqrt(2)), error below
/// 1 ulp).
inline float log_positive(float x) {
  constexpr std::int32_t kSqrtHalf = 0x3f3504f3;
  const std::int32_t offset = bits_of(x) - kSqrtHalf;
  const float exponent = static_cast<float>(offset >> 23);
  const float f = float_from_bits((offset & 0x007fffff) + kSqrtHalf) - 1.0f;
  const float square = f * f;
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  const float low = p * f * square - 2.12194440e-4f * exponent - 0.5f * square;
  return f + low + 0.693359375f * exponent;
}

/// Box-Muller: two words -> two standard normals. The smallest uniform is 2^-32, hence |z| <= 6.661.
inline void normal_pair(std::uint32_t w0, std::uint32_t w1, float& z0, float& z1) {
  // Signed conversions: AVX2 has no unsigned one. The half keeps the logarithm's argument above 0 and at
  // most 1.
  const float u = static_cast<float>(static_cast<std::int32_t>(w0 >> 1)) * 0x1p-31f + 0x1p-32f;
  const float square_of_radius = -2.0f * log_positive(u);
  const float radius = __builtin_sqrtf(square_of_radius > 0.0f ? square_of_radius : 0.0f);

  // The upper two bits of w1 choose the quadrant, the rest the angle in it, within +-pi/4 (Cephes sinf,
  // cosf).
  const std::uint32_t quadrant = w1 >> 30;
  const float angle = static_cast<float>(static_cast<std::int32_t>(w1 << 2)) * (0x1p-32f * 1.57079632679f);
  const float square = angle * angle;
  float s = -1.9515295891e-4f;
  s = s * square + 8.3321608736e-3f;
  s = s * square - 1.6666654611e-1f;
  const float sine = s * square * angle + angle;
  float c = 2.443315711809948e-5f;
  c = c * square - 1.388731625493765e-3f;
  c = c * square + 4.166664568298827e-2f;
  const float cosine = c * square * square - 0.5f * square + 1.0f;

  // Quadrants 0..3: (cos, sin), (-sin, cos), (-cos, -sin), (sin, -cos).
  const std::int32_t swap = -static_cast<std::int32_t>(quadrant & 1);
  const std::int32_t cosine_bits = bits_of(cosine);
  const std::int32_t sine_bits = bits_of(sine);
  const std::int32_t x = (cosine_bits & ~swap) | (sine_bits & swap);
  const std::int32_t y = (sine_bits & ~swap) | (cosine_bits & swap);
  const std::uint32_t sign_x = (quadrant ^ (quadrant << 1)) << 30 & 0x80000000u;
  const std::uint32_t sign_y = quadrant << 30 & 0x80000000u;
  z0 = radius * float_from_bits(x ^ static_cast<std::int32_t>(sign_x));
  z1 = radius * float_from_bits(y ^ static_cast<std::int32_t>(sign_y));
}

struct Normal {
  template <int N>
  static void convert(const Blocks<N>& in, float (&out)[4 * N]) {
    float z[4][N];
    for (int i = 0; i < N; ++i) {
      normal_pair(in.word[0][i], in.word[1][i], z[0][i], z[1][i]);
      normal_pair(in.word[2][i], in.word[3][i], z[2][i], z[3][i]);
    }
    for (int i = 0; i < N; ++i)
      for (int lane = 0; lane < 4; ++lane) out[4 * i + lane] = z[lane][i];
  }
};

struct Uniform {
  template <int N>
  static void convert(const Blocks<N>& in, float (&out)[4 * N]) {
    for (int i = 0; i < N; ++i)
      for (int lane = 0; lane < 4; ++lane)
        out[4 * i + lane] = static_cast<float>(static_cast<std::int32_t>(in.word[lane][i] >> 8)) * 0x1p-24f;
  }
};

/// Fills from whole padded groups of N blocks, so a value never depends on where a range was cut: every
/// element goes through the same correctly rounded operations, whatever N is.
template <int N, class Distribution>
void fill_group(const FillRange& r, std::uint32_t column, std::size_t count, float* out) {
  float values[4 * N];
  Distribution::template convert<N>(Blocks<N>(r.key, r.epoch, r.row, column / 4), values);
  __builtin_memcpy(out, values + column % 4, count * sizeof(float));
}

template <class Distribution>
void fill(const FillRange& r) {
  constexpr int kWide = 64;
  constexpr int kNarrow = 8;  // for short rows and tails, where a wide group would be mostly padding
  std::uint32_t column = r.column;
  float* out = r.out;
  for (std::size_t left = r.count; left > 0;) {
    const std::size_t offset = column % 4;
    const bool wide = left + offset > 4 * kNarrow;
    const std::size_t most = (wide ? 4 * kWide : 4 * kNarrow) - offset, n = left < most ? left : most;
    if (wide) {
      fill_group<kWide, Distribution>(r, column, n, out);
    } else {
      fill_group<kNarrow, Distribution>(r, column, n, out);
    }
    column += static_cast<std::uint32_t>(n);
    left -= n;
    out += n;
  }
}

}  // namespace
}  // namespace phasecore::common
