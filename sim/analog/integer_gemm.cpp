#include "sim/analog/integer_gemm.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "common/diagnostics.hpp"
#include "common/isa.hpp"
#include "sim/analog/panel_product.hpp"

namespace phasecore::analog {
namespace {

/// Packs kPanel columns of two rows and remembers what it saw.
class CodePacker {
 public:
  void pack(const float* even, const float* odd, std::uint32_t* to) {
    for (int half = 0; half < kPanel; half += 8) {
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

std::size_t padded(std::size_t n, std::size_t to) {
  return (n + to - 1) / to * to;
}

}  // namespace

PackedConductances::PackedConductances(const Conductances& codes, RowLayout layout)
    : rows_(codes.rows), cols_(codes.cols), runs_(std::move(layout.runs)) {
  const std::size_t rows = static_cast<std::size_t>(codes.rows), cols = static_cast<std::size_t>(codes.cols);
  common::ensure(codes.values.size() == rows * cols, "conductance codes do not fill rows x columns");
  if (runs_.empty()) runs_.push_back(rows_);
  std::vector<int>& order = layout.order;
  if (order.empty()) {
    order.resize(rows);
    std::iota(order.begin(), order.end(), 0);
  }
  common::ensure(order.size() == rows && std::accumulate(runs_.begin(), runs_.end(), 0) == rows_,
                 "conductance codes: the runs do not hold every row once");
  if (codes.cols <= kNarrow) {
    common::ensure(runs_.size() == 1, "conductance codes: a narrow array's rows are one run");
    pairs_ = padded(rows, 16) / 2;
    stride_ = cols;
    pack_columns(codes, order);
  } else {
    for (const int run : runs_) run_pairs_.push_back((run + 1) / 2);
    pairs_ = static_cast<std::size_t>(std::accumulate(run_pairs_.begin(), run_pairs_.end(), 0));
    panels_ = (cols + kPanel - 1) / kPanel;
    stride_ = panels_ * kPanel;
    pack_panels(codes, order);
  }
  if (exact_) return;
  for (const int row : order) {
    const auto from = codes.values.begin() + static_cast<std::ptrdiff_t>(row) * cols_;
    wide_.insert(wide_.end(), from, from + cols_);
  }
}

void PackedConductances::pack_panels(const Conductances& codes, const std::vector<int>& order) {
  const std::size_t cols = static_cast<std::size_t>(codes.cols);
  pairs_of_codes_.resize(pairs_ * stride_);
  CodePacker packer;
  std::size_t k = 0, row = 0;
  for (const int run : runs_) {
    const std::size_t end = row + static_cast<std::size_t>(run);
    for (; row < end; row += 2, ++k) {
      const float* even = codes.values.data() + static_cast<std::size_t>(order[row]) * cols;
      const float* odd =
          row + 1 < end ? codes.values.data() + static_cast<std::size_t>(order[row + 1]) * cols : nullptr;
      for (std::size_t panel = 0; panel < panels_; ++panel) {
        const std::size_t column = panel * kPanel;
        std::uint32_t* to = pairs_of_codes_.data() + (panel * pairs_ + k) * kPanel;
        if (odd && column + kPanel <= cols) {
          packer.pack(even + column, odd + column, to);
          continue;
        }
        float filled[2][kPanel] = {};  // the last panel, or the last row of a run without a partner
        const std::size_t width = std::min<std::size_t>(kPanel, cols - column);
        std::copy_n(even + column, width, filled[0]);
        if (odd) std::copy_n(odd + column, width, filled[1]);
        packer.pack(filled[0], filled[1], to);
      }
    }
    row = end;
  }
  set_exact(packer.largest(), packer.integers());
}

void PackedConductances::pack_columns(const Conductances& codes, const std::vector<int>& order) {
  const std::size_t cols = static_cast<std::size_t>(codes.cols), stride = 2 * pairs_;
  columns_.assign(cols * stride, 0);
  float largest = 0;
  bool integers = true;
  for (std::size_t i = 0; i < codes.values.size(); ++i) {
    const float code = codes.values[static_cast<std::size_t>(order[i / cols]) * cols + i % cols];
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

bool PackedConductances::operator==(const PackedConductances& o) const {
  return rows_ == o.rows_ && cols_ == o.cols_ && runs_ == o.runs_ && pairs_of_codes_ == o.pairs_of_codes_ &&
         columns_ == o.columns_ && wide_ == o.wide_;
}

void PackedConductances::multiply(const InputVectors& inputs, float* sums) const {
  if (!exact_) return multiply_wide(inputs, sums);
  if (panels_ == 0) return multiply_narrow(inputs, sums);
  const PanelProduct product{inputs.count,   inputs.addresses,       static_cast<int>(runs_.size()),
                             inputs.offsets, run_pairs_.data(),      panels_,
                             pairs_,         pairs_of_codes_.data(), sums};
  switch (common::isa()) {
    case common::Isa::V3:
      return panel_product_v3(product);
    case common::Isa::Avx512:
      return panel_product_avx512(product);
    case common::Isa::Avx512Vnni:
      return panel_product_vnni(product);
  }
}

void PackedConductances::multiply_narrow(const InputVectors& inputs, float* sums) const {
  const std::size_t stride = 2 * pairs_;
  for (int v = 0; v < inputs.count; ++v)
    for (std::size_t c = 0; c < stride_; ++c)
      *sums++ = static_cast<float>(
          dot_product(inputs.addresses[v] + inputs.offsets[0], columns_.data() + c * stride, stride));
}

/// Without limits on the codes, in double: exact below 2^53.
void PackedConductances::multiply_wide(const InputVectors& inputs, float* sums) const {
  const std::size_t cols = static_cast<std::size_t>(cols_);
  std::vector<double> total(cols), magnitude(cols);
  for (int v = 0; v < inputs.count; ++v, sums += stride_) {
    std::fill(total.begin(), total.end(), 0.0);
    std::fill(magnitude.begin(), magnitude.end(), 0.0);
    const float* row = wide_.data();
    for (std::size_t run = 0; run < runs_.size(); ++run)
      for (int r = 0; r < runs_[run]; ++r, row += cols) {
        const double x = inputs.addresses[v][inputs.offsets[run] + r];
        for (std::size_t c = 0; c < cols; ++c) {
          common::ensure(row[c] == std::rint(row[c]), "a conductance code is no integer");
          total[c] += x * row[c];
          magnitude[c] += std::fabs(x * row[c]);
        }
      }
    for (std::size_t c = 0; c < cols; ++c) {
      common::ensure(magnitude[c] < 9007199254740992.0, "a column's sum does not fit 53 bits");
      sums[c] = static_cast<float>(total[c]);
    }
  }
}

WidenedRows::WidenedRows(const PackedConductances& array, int count, const std::int8_t* rows) {
  std::size_t stride = 0;
  for (const int run : array.runs()) {
    offsets_.push_back(static_cast<std::ptrdiff_t>(stride));
    stride += padded(static_cast<std::size_t>(run), 2);
  }
  values_.resize(static_cast<std::size_t>(count) * stride + kReadable);
  for (int v = 0; v < count; ++v) {
    std::int16_t* to = values_.data() + static_cast<std::size_t>(v) * stride;
    addresses_.push_back(to);
    for (std::size_t run = 0; run < offsets_.size(); ++run, rows += array.runs()[run - 1])
      std::copy_n(rows, array.runs()[run], to + offsets_[run]);
  }
}

}  // namespace phasecore::analog
