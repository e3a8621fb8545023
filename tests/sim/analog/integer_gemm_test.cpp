#include "sim/analog/integer_gemm.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/sim/analog/fixtures.hpp"
#include "tests/support/support.hpp"

namespace phasecore::analog {
namespace {

Conductances codes_of(int rows, int cols, float largest) {
  Conductances codes{rows, cols, test::normals(rows, static_cast<std::size_t>(rows) * cols)};
  for (float& code : codes.values) code = std::rint(code * largest / 7);
  return codes;
}

/// Arrays on both sides of every border: one row more or less than a pair or a register, one column more or
/// less than what is narrow or a panel.
TEST(IntegerProduct, IsExactForEveryShape) {
  int shapes = 0;
  for (const int rows : {1, 2, 3, 15, 16, 17, 255, 577})
    for (const int cols : {1, 2, 7, 8, 9, 15, 16, 17, 40}) {
      const Conductances codes = codes_of(rows, cols, 511);
      const PackedConductances packed(codes);
      ASSERT_TRUE(packed.exact());
      for (const int vectors : {1, 3, PackedConductances::kVectors}) {
        const auto inputs = test::int8_codes(cols, static_cast<std::size_t>(vectors) * rows, 127);
        std::vector<float> sums(packed.padded_columns() * vectors);
        packed.multiply(vectors, inputs.data(), sums.data());
        for (int v = 0; v < vectors; ++v)
          for (int c = 0; c < cols; ++c) {
            double exact = 0;
            for (int r = 0; r < rows; ++r) exact += codes.values[r * cols + c] * inputs[v * rows + r];
            ASSERT_EQ(sums[v * packed.padded_columns() + c], exact)
                << rows << " x " << cols << ", vector " << v;
          }
      }
      ++shapes;
    }
  EXPECT_EQ(shapes, 8 * 9);
}

TEST(IntegerProduct, KnowsWhereItWouldOverflowAndRefusesFractions) {
  for (const int cols : {1, PackedConductances::kNarrow, PackedConductances::kNarrow + 1}) {
    const auto with = [&](float code, int rows = 3) {
      Conductances codes{rows, cols, std::vector<float>(static_cast<std::size_t>(rows) * cols, 1.0f)};
      codes.values.back() = code;
      return PackedConductances(codes).exact();
    };
    EXPECT_TRUE(with(32767));
    EXPECT_TRUE(with(-32767));
    EXPECT_FALSE(with(32768)) << "no 16 bits";
    EXPECT_FALSE(with(-3e9f));
    EXPECT_FALSE(with(std::numeric_limits<float>::infinity()));
    EXPECT_FALSE(with(32767, 513)) << "513 products of 32767 * 128";
    EXPECT_TRUE(with(32767, 511));
    EXPECT_NE(test::internal_error([&] { with(0.5f); }), "");
  }
}

}  // namespace
}  // namespace phasecore::analog
