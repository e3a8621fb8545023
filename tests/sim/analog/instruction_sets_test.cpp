// Whatever instruction set computes them, results are the same bit for bit.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "common/isa.hpp"
#include "sim/analog/converter.hpp"
#include "sim/analog/core_pass.hpp"
#include "tests/sim/analog/fixtures.hpp"

namespace phasecore::analog {
namespace {

/// What `compute` gives at every instruction set that this machine has must be what the first one gives.
template <class Compute>
void expect_same_at_every_isa(const Compute& compute) {
  std::vector<float> wanted;
  for (const common::Isa isa : common::available_isas()) {
    const common::IsaLimit limit(isa);
    const std::vector<float> is = compute();
    if (isa == common::Isa::V3) wanted = is;
    ASSERT_EQ(is.size(), wanted.size());
    EXPECT_EQ(std::memcmp(is.data(), wanted.data(), is.size() * sizeof(float)), 0) << common::name_of(isa);
  }
  EXPECT_FALSE(wanted.empty());
}

/// Both laws, with and without noise, widths on both sides of a register, sums up to saturation.
TEST(InstructionSets, GiveTheSameCounts) {
  for (const bool oscillates : {false, true})
    for (const double noise : {0.0, 0.04})
      for (const int cols : {1, 3, 7, 8, 9, 15, 16, 17, 31, 40, 256}) {
        Converter c;
        c.max_count = 416;
        c.full_scale = 24;
        c.output_noise = noise;
        c.saturation_ua = 100;
        if (oscillates) c.oscillator = {35, 7.692e-4, 100, 0.0709, 0.1};
        Conductances codes{50, cols, test::normals(5, 50 * static_cast<std::size_t>(cols))};
        for (float& v : codes.values) v = std::rint(v * 200);
        const PackedConductances packed(codes);
        const auto inputs = test::int8_codes(7, 50 * 21, 127);
        const WidenedRows rows(packed, 21, inputs.data());
        std::vector<std::int32_t> images(21, 4), positions(21);
        std::iota(positions.begin(), positions.end(), 17);
        expect_same_at_every_isa([&] {
          std::vector<float> counts(21 * static_cast<std::size_t>(cols));
          multiply(packed, c, {127, 511}, rows.vectors(), {images.data(), positions.data()}, {1, 2, 3, 4, 5},
                   counts.data());
          return counts;
        });
      }
}

/// Values from the smallest FP16 to beyond its range, with and without received codes.
TEST(InstructionSets, GiveTheSameAffineValues) {
  for (const int cols : {1, 5, 8, 13, 16, 21, 48}) {
    const auto n = static_cast<std::size_t>(cols);
    auto counts = test::normals(8, 9 * n);
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] *= std::exp2(static_cast<float>(i % 41) - 20);
    const Affine a{test::normals(9, n), test::normals(10, n)};
    const auto received = test::int8_codes(11, 9 * n, 127);
    for (const std::int8_t* from : {static_cast<const std::int8_t*>(nullptr), received.data()})
      expect_same_at_every_isa([&] {
        std::vector<float> values(9 * n + 1, 77.0f);
        affine(9, cols, counts.data(), a, from, 0.37f, values.data());
        EXPECT_EQ(values.back(), 77.0f) << "wrote past the end";
        return values;
      });
  }
}

/// Counts of values on both sides of a register, NaN and infinities among them, with and without added codes.
TEST(InstructionSets, FinishValuesAsTheSameCodes) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const std::size_t count : {1, 7, 8, 9, 15, 16, 17, 100}) {
    auto values = test::normals(12, count);
    for (float& v : values) v *= 3;
    values[count / 2] = infinity;
    values[count / 3] = std::nanf("");
    const auto first = test::int8_codes(13, count, 127), second = test::int8_codes(14, count, 127);
    for (const AddedCodes& added : {AddedCodes{}, AddedCodes{{first.data()}, {0.01f}},
                                    AddedCodes{{first.data(), second.data()}, {0.01f, 0.02f}}})
      for (const Limits& limits : {Limits{}, Limits{0, infinity}, Limits{-0.5f, 1}})
        expect_same_at_every_isa([&] {
          std::vector<std::int8_t> codes(count + 1, 77);
          finish({limits, {-1, 6}, 20, 127}, added, count, values.data(), codes.data());
          EXPECT_EQ(codes.back(), 77) << "wrote past the end";
          return std::vector<float>(codes.begin(), codes.end());
        });
  }
}

}  // namespace
}  // namespace phasecore::analog
