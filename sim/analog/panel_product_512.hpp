// Panel products of 512 bits, with or without VNNI. Included by panel_product_avx512.cpp and
// panel_product_vnni.cpp alone; see panel_product_body.hpp.
#pragma once

#include "sim/analog/panel_product_body.hpp"

namespace phasecore::analog {
namespace {

/// A whole panel.
struct Lanes512 {
  using Sums = __m512i;
  static Sums zero() { return _mm512_setzero_si512(); }
  static __m512i load(const std::uint32_t* codes) { return _mm512_loadu_si512(codes); }
  static __m512i broadcast(std::int32_t pair) { return _mm512_set1_epi32(pair); }
  static Sums add(Sums a, Sums b) { return _mm512_add_epi32(a, b); }
  static Sums add_products(Sums sums, __m512i inputs, __m512i codes) {
#ifdef __AVX512VNNI__
    return _mm512_dpwssd_epi32(sums, inputs, codes);
#else
    return _mm512_add_epi32(sums, _mm512_madd_epi16(inputs, codes));
#endif
  }
  static void store(float* out, Sums sums) {
    _mm512_storeu_ps(out, _mm512_cvtepi32_ps(sums));
  }
};

/// 8 x 2 sums, 8 inputs and 2 codes fit 32 registers, and 8 addresses those for addresses.
constexpr int kTogether = 8;

void panel_product_512(const PanelProduct& p) {
  const std::size_t stride = p.panels * kPanel, words = p.pairs_of_panel * kPanel;
  std::size_t panel = 0;
  for (; panel + 2 <= p.panels; panel += 2)
    by_vectors<kTogether>(p.vectors, [&](int v, auto indices) {
      two_registers<Lanes512>(indices, p, p.inputs + v, p.codes + panel * words,
                              static_cast<std::ptrdiff_t>(words),
                              p.sums + static_cast<std::size_t>(v) * stride + panel * kPanel, stride, kPanel);
    });
  if (panel == p.panels) return;
  by_vectors<kTogether>(p.vectors, [&](int v, auto indices) {
    one_register<Lanes512>(indices, p, p.inputs + v, p.codes + panel * words,
                           p.sums + static_cast<std::size_t>(v) * stride + panel * kPanel, stride);
  });
}

}  // namespace
}  // namespace phasecore::analog
