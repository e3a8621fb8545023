// The loops behind fill_normal() and fill_uniform(), once per instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace phasecore::common {

/// Columns [column, column + count) at (epoch, row) of the field that a key is the Philox key of.
struct FillRange {
  std::uint32_t key[2];
  std::uint64_t epoch;
  std::uint32_t row, column;
  std::size_t count;
  float* out;
};

void fill_normal_v3(const FillRange& range);
void fill_normal_avx512(const FillRange& range);
void fill_uniform_v3(const FillRange& range);

}  // namespace phasecore::common
