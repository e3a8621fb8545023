// The innermost loop of every simulated MVM, once per instruction set: 16-bit inputs times panels of 16-bit
// codes, added exactly in 32 bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace phasecore::analog {

/// Columns of one panel: 16 sums of 32 bits, one vector register of AVX-512 or two of AVX2.
inline constexpr int kPanel = 16;

/// A vector's values lie in runs, each at its own place from the vector's first value on, and are multiplied
/// in pairs: a run of an odd number takes one value more, whose code is 0.
struct PanelProduct {
  int vectors = 0;
  const std::int16_t* const* inputs = nullptr;  ///< per vector
  int runs = 0;
  const std::ptrdiff_t* offsets = nullptr;  ///< per run
  const int* pairs = nullptr;               ///< per run
  std::size_t panels = 0, pairs_of_panel = 0;
  const std::uint32_t* codes = nullptr;  ///< [panel][pair][column]: the first row's code in the low half
  float* sums = nullptr;                 ///< [vector][panel][column], each rounded once
};

void panel_product_v3(const PanelProduct& p);
void panel_product_avx512(const PanelProduct& p);
void panel_product_vnni(const PanelProduct& p);

}  // namespace phasecore::analog
