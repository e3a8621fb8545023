// What the instruction sets' panel products share. Included by panel_product_*.cpp alone, each compiled for
// its own set: everything is in an unnamed namespace and calls no inline function of a library, so that no
// code of a higher set can end up in a program's common parts.
#pragma once

#include <immintrin.h>

#include <cstring>
#include <utility>

#include "sim/analog/panel_product.hpp"

namespace phasecore::analog {
namespace {

inline std::int32_t pair_at(const std::int16_t* x) {
  std::int32_t pair = 0;
  std::memcpy(&pair, x, sizeof pair);
  return pair;
}

/// As many vectors as there are indices, times the two registers of codes of each pair of rows that lie
/// `second` words apart. Written with index packs, not loops, so that the compiler keeps every sum in a
/// register.
template <class Lanes, std::size_t... V>
void two_registers(std::index_sequence<V...>, const PanelProduct& p, const std::int16_t* const* inputs,
                   const std::uint32_t* codes, std::ptrdiff_t second, float* out, std::size_t out_stride,
                   std::ptrdiff_t out_second) {
  typename Lanes::Sums left[] = {(static_cast<void>(V), Lanes::zero())...};
  typename Lanes::Sums right[] = {(static_cast<void>(V), Lanes::zero())...};
  for (int run = 0; run < p.runs; ++run) {
    const std::int16_t* const x[] = {inputs[V] + p.offsets[run]...};
    const std::ptrdiff_t end = 2 * static_cast<std::ptrdiff_t>(p.pairs[run]);
    for (std::ptrdiff_t k = 0; k < end; k += 2, codes += kPanel) {
      const auto first_codes = Lanes::load(codes), second_codes = Lanes::load(codes + second);
      const auto step = [&](std::int32_t pair, auto& l, auto& r) {
        const auto both = Lanes::broadcast(pair);
        l = Lanes::add_products(l, both, first_codes);
        r = Lanes::add_products(r, both, second_codes);
      };
      (step(pair_at(x[V] + k), left[V], right[V]), ...);
    }
  }
  (Lanes::store(out + V * out_stride, left[V]), ...);
  (Lanes::store(out + V * out_stride + out_second, right[V]), ...);
}

/// The same with one register of codes a pair. Two sums a vector, of even and odd pairs, keep the
/// multipliers busy while a sum is on its way.
template <class Lanes, std::size_t... V>
void one_register(std::index_sequence<V...>, const PanelProduct& p, const std::int16_t* const* inputs,
                  const std::uint32_t* codes, float* out, std::size_t out_stride) {
  typename Lanes::Sums even[] = {(static_cast<void>(V), Lanes::zero())...};
  typename Lanes::Sums odd[] = {(static_cast<void>(V), Lanes::zero())...};
  const auto step = [](std::int32_t pair, const auto& c, auto& sum) {
    sum = Lanes::add_products(sum, Lanes::broadcast(pair), c);
  };
  for (int run = 0; run < p.runs; ++run) {
    const std::int16_t* const x[] = {inputs[V] + p.offsets[run]...};
    const std::ptrdiff_t end = 2 * static_cast<std::ptrdiff_t>(p.pairs[run]);
    std::ptrdiff_t k = 0;
    for (; k + 4 <= end; k += 4, codes += 2 * kPanel) {
      const auto first = Lanes::load(codes), second = Lanes::load(codes + kPanel);
      (step(pair_at(x[V] + k), first, even[V]), ...);
      (step(pair_at(x[V] + k + 2), second, odd[V]), ...);
    }
    if (k == end) continue;
    const auto last = Lanes::load(codes);
    (step(pair_at(x[V] + k), last, even[V]), ...);
    codes += kPanel;
  }
  (Lanes::store(out + V * out_stride, Lanes::add(even[V], odd[V])), ...);
}

/// All vectors: `Together` at a time, the rest by halves of that.
template <int Together, class Product>
void by_vectors(int vectors, const Product& product) {
  int v = 0;
  for (; v + Together <= vectors; v += Together) product(v, std::make_index_sequence<Together>{});
  if constexpr (Together > 1) {
    const int begin = v;
    by_vectors<Together / 2>(vectors - begin, [&](int at, auto indices) { product(begin + at, indices); });
  }
}

}  // namespace
}  // namespace phasecore::analog
