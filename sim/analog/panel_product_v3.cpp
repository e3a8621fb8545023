#include "sim/analog/panel_product_body.hpp"

namespace phasecore::analog {
namespace {

/// vpmaddwd multiplies 16 pairs and adds neighbours in 32 bits: twice the products per instruction of a
/// float FMA. Half a panel.
struct Avx2 {
  using Sums = __m256i;
  static Sums zero() { return _mm256_setzero_si256(); }
  static __m256i load(const std::uint32_t* codes) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
  }
  static __m256i broadcast(std::int32_t pair) { return _mm256_set1_epi32(pair); }
  static Sums add_products(Sums sums, __m256i inputs, __m256i codes) {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(inputs, codes));
  }
  static void store(float* out, Sums sums) { _mm256_storeu_ps(out, _mm256_cvtepi32_ps(sums)); }
};

/// 4 x 2 sums, 4 inputs and 2 codes are what 16 registers hold.
constexpr int kTogether = 4;

}  // namespace

void panel_product_v3(const PanelProduct& p) {
  const std::size_t stride = p.panels * kPanel;
  for (std::size_t panel = 0; panel < p.panels; ++panel) {
    const std::uint32_t* codes = p.codes + panel * p.pairs_of_panel * kPanel;
    by_vectors<kTogether>(p.vectors, [&](int v, auto indices) {
      two_registers<Avx2>(indices, p, p.inputs + v, codes, kPanel / 2,
                          p.sums + static_cast<std::size_t>(v) * stride + panel * kPanel, stride, kPanel / 2);
    });
  }
}

}  // namespace phasecore::analog
