#include "sim/analog/integer_gemm.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "common/diagnostics.hpp"

namespace phasecore::analog {
namespace {

__m256i broadcast_pair(const std::int16_t* x) {
  std::int32_t pair = 0;
  std::memcpy(&pair, x, sizeof pair);
  return _mm256_set1_epi32(pair);
}

/// As many vectors as there are indices, times one panel. x: rows of 16-bit inputs, `stride` apart; w: the
/// panel; out: rows of kPanel sums, `out_stride` apart. vpmaddwd multiplies 16 pairs and adds neighbours in
/// 32 bits: twice the products per instruction of a float FMA. Written with index packs, not loops, so that
/// the compiler keeps every sum in a register.
template <std::size_t... I>
void panel_product(std::index_sequence<I...>, const std::int16_t* x, std::size_t stride,
                   const std::uint32_t* w, std::size_t pairs, float* out, std::size_t out_stride) {
  __m256i left[] = {(static_cast<void>(I), _mm256_setzero_si256())...};
  __m256i right[] = {(static_cast<void>(I), _mm256_setzero_si256())...};
  for (std::size_t k = 0; k < pairs; ++k) {
    const auto* at = reinterpret_cast<const __m256i*>(w + k * PackedConductances::kPanel);
    const __m256i w0 = _mm256_loadu_si256(at), w1 = _mm256_loadu_si256(at + 1);
    const auto step = [&](std::size_t i, __m256i& l, __m256i& r) {
      const __m256i both = broadcast_pair(x + i * stride + 2 * k);
      l = _mm256_add_epi32(l, _mm256_madd_epi16(both, w0));
      r = _mm256_add_epi32(r, _mm256_madd_epi16(both, w1));
    };
    (step(I, left[I], right[I]), ...);
  }
  (_mm256_storeu_ps(out + I * out_stride, _mm256_cvtepi32_ps(left[I])), ...);
  (_mm256_storeu_ps(out + I * out_stride + 8, _mm256_cvtepi32_ps(right[I])), ...);
}

/// Packs kPanel columns of two rows and remembers what it saw.
class CodePacker {
 public:
  void pack(const float* even, const float* odd, std::uint32_t* to) {
    for (int half = 0; half < PackedConductances::kPanel; half += 8) {
      const __m256i low = integers_of(even + half), high = integers_of(odd + half);
      _mm256_storeu_si256(
          reinterpret_cast<__m256i*>(to + half),
          _mm256_or_si256(_mm256_and_si256(low, _mm256_set1_epi32(0xffff)), _mm256_slli_epi32(high, 16)));
    }
  }
  float largest() const {
    float lanes[8];
    _mm256_storeu_ps(lanes, largest_);
    return *std::max_element(lanes, lanes + 8);
  }
  /// Meaningful when largest() fits 32 bits.
  bool integers() const { return _mm256_movemask_ps(fractional_) == 0; }

 private:
  __m256i integers_of(const float* from) {
    const __m256 v = _mm256_loadu_ps(from);
    const __m256i integer = _mm256_cvttps_epi32(v);
    fractional_ = _mm256_or_ps(fractional_, _mm256_cmp_ps(_mm256_cvtepi32_ps(integer), v, _CMP_NEQ_UQ));
    largest_ = _mm256_max_ps(largest_, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v));
    return integer;
  }

  __m256 largest_ = _mm256_setzero_ps(), fractional_ = _mm256_setzero_ps();
};

/// Vectors per panel product: 4 x 2 sums, 4 inputs and 2 codes are what 16 registers hold.
constexpr int kTogether = 4;

void panel_products(int vectors, const std::int16_t* x, std::size_t stride, const std::uint32_t* w,
                    std::size_t pairs, float* out, std::size_t out_stride) {
  int v = 0;
  const auto product = [&](auto indices) {
    panel_product(indices, x + static_cast<std::size_t>(v) * stride, stride, w, pairs,
                  out + static_cast<std::size_t>(v) * out_stride, out_stride);
  };
  for (; v + kTogether <= vectors; v += kTogether) product(std::make_index_sequence<kTogether>{});
  for (; v < vectors; ++v) product(std::make_index_sequence<1>{});
}

/// `count`: a multiple of 16.
std::int32_t dot_product(const std::int16_t* x, const std::int16_t* w, std::size_t count) {
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t i = 0; i < count; i += 16)
    sums = _mm256_add_epi32(sums,
                            _mm256_madd_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + i)),
                                              _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + i))));
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  half = _mm_add_epi32(half, _mm_unpackhi_epi64(half, half));
  return _mm_cvtsi128_si32(half) + _mm_extract_epi32(half, 1);
}

}  // namespace

PackedConductances::PackedConductances(const Conductances& codes) : rows_(codes.rows) {
  const std::size_t rows = static_cast<std::size_t>(codes.rows), cols = static_cast<std::size_t>(codes.cols);
  common::ensure(codes.values.size() == rows * cols, "conductance codes do not fill rows x columns");
  if (codes.cols <= kNarrow) {
    pairs_ = (rows + kPanel - 1) / kPanel * kPanel / 2;
    padded_columns_ = cols;
    pack_columns(codes);
  } else {
    pairs_ = (rows + 1) / 2;
    panels_ = (cols + kPanel - 1) / kPanel;
    padded_columns_ = panels_ * kPanel;
    pack_panels(codes);
  }
}

void PackedConductances::pack_panels(const Conductances& codes) {
  const std::size_t rows = static_cast<std::size_t>(codes.rows), cols = static_cast<std::size_t>(codes.cols);
  pairs_of_codes_.reset(new std::uint32_t[pairs_ * padded_columns_]);
  CodePacker packer;
  for (std::size_t k = 0; k < pairs_; ++k) {
    const float* even = codes.values.data() + 2 * k * cols;
    const float* odd = 2 * k + 1 < rows ? even + cols : nullptr;
    for (std::size_t panel = 0; panel < panels_; ++panel) {
      const std::size_t column = panel * kPanel;
      std::uint32_t* to = pairs_of_codes_.get() + (panel * pairs_ + k) * kPanel;
      if (odd && column + kPanel <= cols) {
        packer.pack(even + column, odd + column, to);
        continue;
      }
      float padded[2][kPanel] = {};  // the last panel, or the last row without a partner
      const std::size_t width = std::min<std::size_t>(kPanel, cols - column);
      std::copy_n(even + column, width, padded[0]);
      if (odd) std::copy_n(odd + column, width, padded[1]);
      packer.pack(padded[0], padded[1], to);
    }
  }
  set_exact(packer.largest(), packer.integers());
}

void PackedConductances::pack_columns(const Conductances& codes) {
  const std::size_t cols = static_cast<std::size_t>(codes.cols), stride = 2 * pairs_;
  columns_.assign(cols * stride, 0);
  float largest = 0;
  bool integers = true;
  for (std::size_t i = 0; i < codes.values.size(); ++i) {
    const float code = codes.values[i];
    largest = std::fabs(code) <= largest ? largest : std::fabs(code);
    if (!(largest <= kLargest)) break;
    const auto integer = static_cast<std::int16_t>(code);
    integers = integers && static_cast<float>(integer) == code;
    columns_[i % cols * stride + i / cols] = integer;
  }
  set_exact(largest, integers);
}

void PackedConductances::set_exact(float largest, bool integers) {
  exact_ = largest <= kLargest && static_cast<double>(largest) * rows_ * 128 < 2147483648.0;
  common::ensure(!exact_ || integers, "a conductance code is no integer");
}

void PackedConductances::multiply(int vectors, const std::int8_t* inputs, float* sums) const {
  const std::size_t rows = static_cast<std::size_t>(rows_), stride = 2 * pairs_;
  std::vector<std::int16_t> x(static_cast<std::size_t>(vectors) * stride, 0);
  for (std::size_t v = 0; v < static_cast<std::size_t>(vectors); ++v)
    for (std::size_t r = 0; r < rows; ++r) x[v * stride + r] = inputs[v * rows + r];
  for (std::size_t panel = 0; panel < panels_; ++panel)
    panel_products(vectors, x.data(), stride, pairs_of_codes_.get() + panel * pairs_ * kPanel, pairs_,
                   sums + panel * kPanel, padded_columns_);
  if (panels_ > 0) return;
  for (std::size_t v = 0; v < static_cast<std::size_t>(vectors); ++v)
    for (std::size_t c = 0; c < padded_columns_; ++c)
      sums[v * padded_columns_ + c] =
          static_cast<float>(dot_product(x.data() + v * stride, columns_.data() + c * stride, stride));
}

void PackedConductances::multiply_wide(const Conductances& codes, const std::int8_t* input, float* sums) {
  const std::size_t cols = static_cast<std::size_t>(codes.cols);
  std::vector<double> wide(cols, 0.0), magnitude(cols, 0.0);
  for (std::size_t r = 0; r < static_cast<std::size_t>(codes.rows); ++r) {
    const float* row = codes.values.data() + r * cols;
    const double x = input[r];
    for (std::size_t c = 0; c < cols; ++c) {
      common::ensure(row[c] == std::rint(row[c]), "a conductance code is no integer");
      wide[c] += x * row[c];
      magnitude[c] += std::fabs(x * row[c]);
    }
  }
  for (std::size_t c = 0; c < cols; ++c) {
    common::ensure(magnitude[c] < 9007199254740992.0, "a column's sum does not fit 53 bits");
    sums[c] = static_cast<float>(wide[c]);
  }
}

}  // namespace phasecore::analog
