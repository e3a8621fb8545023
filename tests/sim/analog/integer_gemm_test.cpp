#include "sim/analog/integer_gemm.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "common/isa.hpp"
#include "tests/sim/analog/fixtures.hpp"
#include "tests/support/support.hpp"

namespace phasecore::analog {
namespace {

Conductances codes_of(int rows, int cols, float largest) {
  Conductances codes{rows, cols, test::normals(rows, static_cast<std::size_t>(rows) * cols)};
  for (float& code : codes.values) code = std::rint(code * largest / 7);
  return codes;
}

/// The sums of every vector and column, added in double, which holds them exactly.
std::vector<float> exact_sums(const Conductances& codes, const RowLayout& layout,
                              const std::vector<std::int8_t>& inputs, int vectors) {
  std::vector<float> sums;
  for (int v = 0; v < vectors; ++v)
    for (int c = 0; c < codes.cols; ++c) {
      double exact = 0;
      for (int r = 0; r < codes.rows; ++r)
        exact += codes.values[(layout.order.empty() ? r : layout.order[r]) * codes.cols + c] *
                 inputs[v * codes.rows + r];
      sums.push_back(static_cast<float>(exact));
    }
  return sums;
}

std::vector<float> product(const PackedConductances& packed, const std::vector<std::int8_t>& inputs,
                           int vectors) {
  std::vector<float> padded(packed.stride() * vectors), sums;
  packed.multiply(WidenedRows(packed, vectors, inputs.data()).vectors(), padded.data());
  for (int v = 0; v < vectors; ++v) {
    const auto begin = padded.begin() + static_cast<std::ptrdiff_t>(v * packed.stride());
    sums.insert(sums.end(), begin, begin + packed.cols());
  }
  return sums;
}

/// Arrays on both sides of every border: one row more or less than a pair or a register, one column more or
/// less than what is narrow or a panel; vectors that fill the registers and that do not.
TEST(IntegerProduct, IsExactForEveryShapeAtEveryInstructionSet) {
  int products = 0;
  for (const common::Isa isa : common::available_isas()) {
    const common::IsaLimit limit(isa);
    ASSERT_EQ(common::isa(), isa);
    for (const int rows : {1, 2, 3, 15, 16, 17, 255, 577})
      for (const int cols : {1, 2, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 40, 65}) {
        const Conductances codes = codes_of(rows, cols, 511);
        const PackedConductances packed(codes);
        for (const int vectors : {1, 2, 3, 4, 7, 8, 9, 15, 17}) {
          const auto inputs = test::int8_codes(cols, static_cast<std::size_t>(vectors) * rows, 127);
          ASSERT_EQ(product(packed, inputs, vectors), exact_sums(codes, {}, inputs, vectors))
              << common::name_of(isa) << ": " << rows << " x " << cols << ", " << vectors << " vectors";
          ++products;
        }
      }
  }
  EXPECT_EQ(products, 8 * 14 * 9 * static_cast<int>(common::available_isas().size()));
}

/// Rows in any order, in runs of odd and even numbers of values.
TEST(IntegerProduct, TakesRowsInRuns) {
  for (const common::Isa isa : common::available_isas()) {
    const common::IsaLimit limit(isa);
    for (const std::vector<int>& runs : std::vector<std::vector<int>>{
             {1}, {1, 1}, {2, 1, 3}, {9, 9, 9}, {28, 29, 28, 29}, {4, 6}, {48, 48, 48}}) {
      RowLayout layout{{}, runs};
      for (const int run : runs)
        for (int r = 0; r < run; ++r) layout.order.insert(layout.order.begin(), layout.order.size());
      const int rows = static_cast<int>(layout.order.size());
      for (const int cols : {5, 16, 20, 64}) {
        const Conductances codes = codes_of(rows, cols, 511);
        const auto inputs = test::int8_codes(3, 9 * static_cast<std::size_t>(rows), 127);
        ASSERT_EQ(product(PackedConductances(codes, layout), inputs, 9), exact_sums(codes, layout, inputs, 9))
            << common::name_of(isa) << ": " << runs.size() << " runs x " << cols;
      }
    }
  }
  const Conductances codes = codes_of(4, 8, 511);
  EXPECT_NE(test::internal_error([&] { PackedConductances(codes, {{}, {2, 1}}); }), "");
}

/// The largest 16-bit codes and the most negative inputs: pairs whose products add up to 2^23 and columns up
/// to the last sum that fits 32 bits.
TEST(IntegerProduct, IsExactAtTheLimitsOf32Bits) {
  for (const common::Isa isa : common::available_isas()) {
    const common::IsaLimit limit(isa);
    for (const float code : {32767.0f, -32767.0f}) {
      const Conductances codes{512, 33, std::vector<float>(512 * 33, code)};
      const std::vector<std::int8_t> inputs(512 * 3, -128);
      EXPECT_EQ(product(PackedConductances(codes), inputs, 3), exact_sums(codes, {}, inputs, 3));
    }
  }
}

/// 32768 does not fit 16 bits, 513 products of 32767 * 128 no 32: both are added in double, and are exact.
TEST(IntegerProduct, IsExactWhere32BitsOverflow) {
  for (const int cols : {1, PackedConductances::kNarrow, PackedConductances::kNarrow + 1})
    for (const auto& [rows, code] : std::vector<std::pair<int, float>>{
             {3, 32767.0f}, {3, 32768.0f}, {3, -3e9f}, {511, 32767.0f}, {513, 32767.0f}}) {
      const Conductances codes{rows, cols, std::vector<float>(static_cast<std::size_t>(rows) * cols, code)};
      const std::vector<std::int8_t> inputs(static_cast<std::size_t>(rows), -128);
      EXPECT_EQ(product(PackedConductances(codes), inputs, 1), exact_sums(codes, {}, inputs, 1))
          << rows << " x " << cols << " of " << code;
    }
}

TEST(IntegerProduct, RefusesFractions) {
  for (const int cols : {1, PackedConductances::kNarrow, PackedConductances::kNarrow + 1}) {
    Conductances codes{3, cols, std::vector<float>(3 * static_cast<std::size_t>(cols), 1.0f)};
    codes.values.back() = 0.5f;
    EXPECT_EQ(test::internal_error([&] { PackedConductances{codes}; }), "a conductance code is no integer");
  }
}

}  // namespace
}  // namespace phasecore::analog
