// What the instruction sets' elementwise passes share: each operation is one correctly rounded instruction,
// so that both sets give the same bits. Included by columns_*.cpp alone, each compiled for its own set; see
// panel_product_body.hpp. `Lanes` has kWidth floats; a `Part` says how many of them there are.
#pragma once

#include <immintrin.h>

#include "sim/analog/columns.hpp"

namespace phasecore::analog {
namespace {

/// kernel(vector, column, part) for all columns of all vectors.
template <class Lanes, class Kernel>
void by_columns(int vectors, std::size_t cols, const Kernel& kernel) {
  const std::size_t rest = cols % Lanes::kWidth;
  const typename Lanes::Rest part(rest);
  for (std::size_t v = 0; v < static_cast<std::size_t>(vectors); ++v) {
    std::size_t j = 0;
    for (; j + Lanes::kWidth <= cols; j += Lanes::kWidth) kernel(v, j, typename Lanes::All());
    if (rest > 0) kernel(v, j, part);
  }
}

/// Between -top and top: the order of the operands is that of v > top ? top : v.
template <class Lanes>
typename Lanes::Floats clip(typename Lanes::Floats v, float top) {
  return Lanes::max(Lanes::all(-top), Lanes::min(Lanes::all(top), v));
}

template <class Lanes>
void convert_linear(const CountColumns& c, const LinearLaw& law) {
  const auto gain = Lanes::all(law.gain), noise = Lanes::all(law.noise);
  if (c.normals == nullptr)
    by_columns<Lanes>(c.vectors, c.cols, [&](std::size_t v, std::size_t j, auto part) {
      const auto level = Lanes::mul(Lanes::load(c.sums + v * c.sum_stride + j, part), gain);
      Lanes::store(c.counts + v * c.cols + j, clip<Lanes>(Lanes::rint(level), law.top), part);
    });
  else
    by_columns<Lanes>(c.vectors, c.cols, [&](std::size_t v, std::size_t j, auto part) {
      const auto level =
          Lanes::add(Lanes::mul(Lanes::load(c.sums + v * c.sum_stride + j, part), gain),
                     Lanes::mul(Lanes::load(c.normals + v * c.normal_stride + j, part), noise));
      Lanes::store(c.counts + v * c.cols + j, clip<Lanes>(Lanes::rint(level), law.top), part);
    });
}

template <class Lanes>
void convert_cco(const CountColumns& c, const CcoLaw& law) {
  const auto gain = Lanes::all(law.gain), noise = Lanes::all(law.noise), top = Lanes::all(law.top);
  const auto one = Lanes::all(1.0f), bow = Lanes::all(law.bow), bent = Lanes::all(1.0f + law.bow);
  const auto offset = Lanes::all(law.offset), rounded_offset = Lanes::all(law.rounded_offset);
  by_columns<Lanes>(c.vectors, c.cols, [&](std::size_t v, std::size_t j, auto part) {
    auto level = Lanes::mul(Lanes::load(c.sums + v * c.sum_stride + j, part), gain);
    if (c.normals != nullptr)
      level = Lanes::add(level, Lanes::mul(Lanes::load(c.normals + v * c.normal_stride + j, part), noise));
    const auto current = Lanes::min(one, Lanes::abs(level));
    const auto frequency = Lanes::div(Lanes::mul(current, bent), Lanes::add(one, Lanes::mul(bow, current)));
    const auto shown =
        Lanes::rint(Lanes::add(Lanes::mul(Lanes::load(law.raw_full + j, part), frequency), offset));
    const auto corrected =
        Lanes::mul(Lanes::sub(shown, rounded_offset), Lanes::load(law.correction + j, part));
    Lanes::store(c.counts + v * c.cols + j, Lanes::copy_sign(Lanes::min(top, corrected), level), part);
  });
}

template <class Lanes>
void affine_columns(const AffineColumns& c) {
  const auto step = Lanes::all(c.received_step);
  by_columns<Lanes>(c.vectors, c.cols, [&](std::size_t v, std::size_t j, auto part) {
    const std::size_t at = v * c.cols + j;
    auto value = Lanes::add(Lanes::mul(Lanes::load(c.counts + at, part), Lanes::load(c.scale + j, part)),
                            Lanes::load(c.offset + j, part));
    if (c.received != nullptr)
      value = Lanes::add(value, Lanes::mul(Lanes::load_codes(c.received + at, part), step));
    Lanes::store(c.values + at, Lanes::fp16(value), part);
  });
}

/// NaN becomes the lower limit, if there is one: the order of the operands is that of v > low ? v : low.
template <class Lanes>
typename Lanes::Floats limited(typename Lanes::Floats v, float low, float high) {
  constexpr float kInfinity = __builtin_inff();
  if (low > -kInfinity) v = Lanes::max(v, Lanes::all(low));
  return high < kInfinity ? Lanes::min(v, Lanes::all(high)) : v;
}

template <class Lanes>
void finish_values(const FinishedValues& f) {
  const auto inverse_step = Lanes::all(f.inverse_step);
  by_columns<Lanes>(1, f.count, [&](std::size_t, std::size_t j, auto part) {
    auto value = limited<Lanes>(Lanes::load(f.values + j, part), f.first_low, f.first_high);
    for (int i = 0; i < f.inputs; ++i)
      value = Lanes::fp16(
          Lanes::add(value, Lanes::mul(Lanes::load_codes(f.added[i] + j, part), Lanes::all(f.steps[i]))));
    value = limited<Lanes>(value, f.low, f.high);
    Lanes::store_codes(f.codes + j, limited<Lanes>(Lanes::mul(value, inverse_step), -f.top, f.top), part);
  });
}

}  // namespace
}  // namespace phasecore::analog
