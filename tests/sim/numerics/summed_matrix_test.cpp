#include "sim/numerics/summed_matrix.hpp"

#include <gtest/gtest.h>

#include "common/random.hpp"

namespace phasecore::numerics {
namespace {

float weight(std::uint64_t address) {
  const common::RandomKey key{1, common::Purpose::Test};
  return static_cast<float>(common::uniform_index(key, address, 2001)) / 1000 - 1;
}

/// Of every width that is held in another way, with rows and inputs of zero.
TEST(SummedMatrix, AddsRowByRowInTheirOrderBitForBit) {
  for (const int columns : {1, 15, 16, 31, 32, 33, 48, 75}) {
    constexpr int kRows = 40;
    std::vector<float> matrix(static_cast<std::size_t>(kRows) * columns), inputs(kRows);
    for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] = weight(i);
    for (int row = 0; row < kRows; ++row) inputs[row] = weight(1000000 + row);
    for (int row = 0; row < kRows; ++row) {
      if (row % 3 == 0) inputs[row] = 0;
      for (int j = 0; j < columns; ++j)
        if ((row + j / 16) % 4 == 0) matrix[row * columns + j] = 0;
    }
    std::vector<double> expected(columns, 0.25), sums = expected;
    for (int row = 0; row < kRows; ++row)
      for (int j = 0; j < columns; ++j)
        expected[j] += static_cast<double>(matrix[row * columns + j]) * static_cast<double>(inputs[row]);
    SummedMatrix summed(matrix, columns);
    summed.add(inputs.data(), sums.data());
    EXPECT_EQ(sums, expected) << columns << " columns";
  }
}

}  // namespace
}  // namespace phasecore::numerics
