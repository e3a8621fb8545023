// What the instruction sets' output noise shares: Philox4x32 with 7 rounds, and the normal quantile of its
// words. Integer operations, and float operations of one correctly rounded instruction each (FMAs included),
// so that all sets give the same bits. Included by noise_field_*.cpp alone; see panel_product_body.hpp.
#pragma once

#include <immintrin.h>

#include "common/philox_constants.hpp"
#include "sim/analog/noise_field.hpp"

namespace phasecore::analog {
namespace {

using common::philox::kMultiplier0, common::philox::kMultiplier1, common::philox::kWeyl0,
    common::philox::kWeyl1;
/// The fewest that pass BigCrush (Salmon et al., SC'11, table 3).
constexpr int kRounds = 7;

/// The low 31 bits of a word, as a float f = 2^e t with 1 <= t < 2, are the probability f / 2^32 of a normal
/// beyond z: a polynomial in t for each e, at most 3.6e-5 off. kQuantile[k] holds the factors of t^k; that of
/// e stands at (e + 31) mod 32, the low five bits of the float's exponent. f = 2^31 is z = 0.
/// Made by experiments/fit_normal_quantile.py.
constexpr int kDegree = 4, kOctaves = 32;
alignas(64) constexpr float kQuantile[kDegree + 1][kOctaves] = {
    {6.39354652f, 6.28684502f, 6.17839166f, 6.06809886f, 5.95587159f, 5.84160647f, 5.72519071f, 5.60650087f,
     5.48540142f, 5.36174307f, 5.2353607f,  5.10607102f, 4.97366961f, 4.83792751f, 4.69858689f, 4.55535585f,
     4.40790193f, 4.25584401f, 4.098742f,   3.93608381f, 3.76726841f, 3.59158378f, 3.40817781f, 3.21601965f,
     3.01384776f, 2.80010048f, 2.57282397f, 2.32955383f, 2.06713499f, 1.77743588f, 0.0f,        6.49857705f},
    {-0.436980169f, -0.444406229f, -0.452217836f, -0.460449197f, -0.469138894f, -0.478330622f, -0.48807409f,
     -0.498426118f, -0.509451995f, -0.52122716f,  -0.533839308f, -0.547391049f, -0.562003309f, -0.577819714f,
     -0.595012324f, -0.613789211f, -0.634404644f, -0.657172986f, -0.682487983f, -0.710850085f, -0.742905997f,
     -0.779507355f, -0.821800224f, -0.871365958f, -0.930450793f, -1.00235507f,  -1.09212188f,  -1.20780875f,
     -1.36280756f,  -1.5670166f,   0.0f,          -0.429909203f},
    {0.222618484f, 0.22630314f,  0.230173597f, 0.234245812f, 0.238537705f, 0.243069484f, 0.247864025f,
     0.252947338f, 0.258349138f, 0.264103538f, 0.270249912f, 0.276833968f, 0.283909098f, 0.291538087f,
     0.299795297f, 0.308769494f, 0.318567531f, 0.329319202f, 0.341183712f, 0.354358369f, 0.369090359f,
     0.385692745f, 0.404566064f, 0.42622661f,  0.451340239f, 0.480750816f, 0.515456539f, 0.556352929f,
     0.602893257f, 0.631083741f, 0.0f,         0.219105371f},
    {-0.0667938511f, -0.0678904791f, -0.0690419346f, -0.0702528838f, -0.0715285618f, -0.0728748645f,
     -0.0742984587f, -0.0758069147f, -0.0774088685f, -0.0791142194f, -0.0809343748f, -0.0828825534f,
     -0.084974166f,  -0.0872272956f, -0.0896633108f, -0.0923076541f, -0.0951908678f, -0.0983499406f,
     -0.101830096f,  -0.105687191f,  -0.10999096f,   -0.114829445f,  -0.120315054f,  -0.126592809f,
     -0.133851381f,  -0.142337315f,  -0.152373206f,  -0.164389586f,  -0.178981638f,  -0.188133217f,
     0.0f,           -0.0657478776f},
    {0.00835319297f, 0.00848980393f, 0.00863321734f, 0.00878400967f, 0.00894282736f, 0.0091103981f,
     0.00928754425f, 0.00947519908f, 0.00967442654f, 0.00988644541f, 0.0101126591f,  0.0103546925f,
     0.0106144384f,  0.0108941157f,  0.0111963436f,  0.0115242376f,  0.0118815326f,  0.0122727464f,
     0.0127033943f,  0.0131802783f,  0.0137118767f,  0.0143088765f,  0.0149849007f,  0.0157575032f,
     0.0166495027f,  0.0176906904f,  0.0189196897f,  0.0203833981f,  0.0220792304f,  0.0210843603f,
     0.0f,           0.00822286864f},
};

template <class L>
typename L::Floats normals_of(typename L::Words words) {
  const typename L::Floats f = L::probability(words);
  const auto factors = L::octaves(f);
  const typename L::Floats t = L::mantissa(f);
  typename L::Floats z = L::factor(factors, kDegree);
  for (int k = kDegree - 1; k >= 0; --k) z = L::fused(z, t, L::factor(factors, k));
  return L::with_sign(z, words);
}

/// `L` holds the blocks of L::kGroups groups side by side, one per 64-bit lane: words live in the lanes' low
/// halves, rubbish in the high halves never matters.
template <class L>
void draw_noise(const NoiseField& f) {
  const auto multiplier0 = L::all(kMultiplier0), multiplier1 = L::all(kMultiplier1);
  typename L::Words key0[kRounds], key1[kRounds];
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    key0[round] = L::all(f.key[0] + round * kWeyl0);
    key1[round] = L::all(f.key[1] + round * kWeyl1);
  }
  const auto chain = L::all(f.chain_position);
  const std::ptrdiff_t all = static_cast<std::ptrdiff_t>(f.vectors) * f.groups;
  std::uint32_t vector = 0, group = 0;
  float* out = f.normals;
  for (std::ptrdiff_t item = 0; item < all; item += L::kGroups, out += L::kGroups * kNoiseGroup) {
    typename L::Counters counters;
    for (int i = 0; i < L::kGroups; ++i) {
      // Behind the last group the last vector is drawn once more, and not stored.
      const std::uint32_t v = vector < static_cast<std::uint32_t>(f.vectors) ? vector : vector - 1;
      counters.set(i, 4 * (f.first_group + group), static_cast<std::uint32_t>(f.positions[v]),
                   static_cast<std::uint32_t>(f.images[v]));
      if (++group == f.groups) group = 0, ++vector;
    }
    auto x0 = counters.blocks(), x1 = counters.positions(), x2 = chain, x3 = counters.images();
#pragma GCC unroll 7
    for (int round = 0; round < kRounds; ++round) {
      const auto product0 = L::product(multiplier0, x0), product1 = L::product(multiplier1, x2);
      x0 = L::xor3(L::high(product1), x1, key0[round]);
      x1 = product1;
      x2 = L::xor3(L::high(product0), x3, key1[round]);
      x3 = product0;
    }
    L::store(out, normals_of<L>(L::interleave(x0, x1)), normals_of<L>(L::interleave(x2, x3)), all - item);
  }
}

}  // namespace
}  // namespace phasecore::analog
