// IR drop, the lines' limit and the polarity error: against plain sums, and against what `tile` computes.
#include "sim/analog/line_effects.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/analog/aihwkit_mvm.hpp"
#include "sim/analog/compensation.hpp"
#include "tests/sim/analog/fixtures.hpp"
#include "tests/support/support.hpp"

namespace phasecore::analog {
namespace {

constexpr int kInput = 127, kLevels = 511;
constexpr double kFull = kInput * kLevels;

Conductances random_codes(int rows, int cols) {
  const std::size_t n = static_cast<std::size_t>(rows) * cols;
  Conductances codes{rows, cols, test::normals(1, n), test::normals(2, n)};
  for (float& v : codes.values) v = std::rint(v * 120);
  for (std::size_t i = 0; i < n; ++i)
    codes.negative[i] = std::rint(std::fabs(codes.negative[i]) * 20) + std::max(-codes.values[i], 0.0f);
  return codes;
}

LineEffects four_phases(double limit) {
  LineEffects e;
  e.limit = limit;
  return e;
}

LineEffects one_phase(double limit, double polarity_error) {
  LineEffects e = four_phases(limit);
  e.one_phase = true;
  e.polarity_error = polarity_error;
  return e;
}

LineEffects wire(double ohm) {
  LineEffects e;
  e.wire = ohm * 20.7e-6;
  return e;
}

/// What lines deliver, in units of one fully-on device at full input: vectors x columns.
std::vector<double> delivered_by(const Conductances& codes, const LineEffects& effects, int vectors,
                                 const std::vector<std::int8_t>& inputs, RowLayout layout = {}) {
  const PackedConductances packed(codes, layout);
  std::vector<std::int8_t> rows(inputs.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t row = i % static_cast<std::size_t>(codes.rows);
    rows[i] =
        inputs[i - row +
               static_cast<std::size_t>(layout.order.empty() ? static_cast<int>(row) : layout.order[row])];
  }
  const WidenedRows wide(packed, vectors, rows.data());
  std::vector<float> sums(static_cast<std::size_t>(vectors) * packed.stride());
  packed.multiply(wide.vectors(), sums.data());
  LineCodes(codes, effects, kFull, layout).apply(wide.vectors(), packed.stride(), sums.data());
  std::vector<double> result;
  for (int v = 0; v < vectors; ++v)
    for (int c = 0; c < codes.cols; ++c)
      result.push_back(sums[static_cast<std::size_t>(v) * packed.stride() + static_cast<std::size_t>(c)] /
                       kFull);
  return result;
}

/// The same by hand, one product after the other.
std::vector<double> by_hand(const Conductances& codes, const LineEffects& e, int vectors,
                            const std::vector<std::int8_t>& inputs) {
  std::vector<double> result;
  const double no_limit = 1e30, limit = e.limit > 0 ? e.limit : no_limit;
  for (int v = 0; v < vectors; ++v)
    for (int c = 0; c < codes.cols; ++c) {
      double phases[2][2] = {}, current = 0, shaped = 0;
      for (int r = 0; r < codes.rows; ++r) {
        const std::size_t cell = static_cast<std::size_t>(r) * codes.cols + c;
        const double x = inputs[static_cast<std::size_t>(v) * codes.rows + r] / double{kInput};
        const double minus = codes.negative[cell] / double{kLevels},
                     plus = (codes.values[cell] + codes.negative[cell]) / double{kLevels};
        phases[x < 0][0] += std::fabs(x) * plus;
        phases[x < 0][1] += std::fabs(x) * minus;
        const double left = 1 - double(r) / codes.rows;
        current += std::fabs(x * (plus - minus));
        shaped += x * (plus - minus) * (1 - left * left);
      }
      double y = 0;
      if (e.one_phase)
        y = std::min(phases[0][0] + phases[1][1], limit) -
            std::min((1 - e.polarity_error) * (phases[0][1] + phases[1][0]), limit);
      else
        y = std::min(phases[0][0], limit) - std::min(phases[0][1], limit) - std::min(phases[1][0], limit) +
            std::min(phases[1][1], limit);
      const double a = codes.rows * e.wire * current;
      result.push_back(y - a * (a * (0.05 * a - 0.2) + 0.5) * shaped);
    }
  return result;
}

const std::vector<LineEffects>& some_effects() {
  static const std::vector<LineEffects> all = {
      four_phases(3), one_phase(3, 0), one_phase(0, 0.05), one_phase(2, 0.03), wire(0.35), [] {
        LineEffects e = one_phase(3, 0.02);
        e.wire = wire(2).wire;
        return e;
      }()};
  return all;
}

TEST(LineEffects, AreThoseOfPlainSums) {
  int changed = 0;
  for (const auto& [rows, cols] : std::vector<std::pair<int, int>>{{40, 3}, {64, 20}, {200, 33}}) {
    const Conductances codes = random_codes(rows, cols);
    constexpr int kVectors = 5;
    std::vector<std::int8_t> inputs = test::int8_codes(7, static_cast<std::size_t>(rows) * kVectors, 127);
    for (const bool signs : {true, false}) {
      if (!signs)  // as behind a ReLU
        for (std::int8_t& x : inputs) x = std::max<std::int8_t>(x, 0);
      const std::vector<double> exact = by_hand(codes, {}, kVectors, inputs);
      for (const LineEffects& e : some_effects()) {
        const std::vector<double> is = delivered_by(codes, e, kVectors, inputs),
                                  wanted = by_hand(codes, e, kVectors, inputs);
        for (std::size_t i = 0; i < is.size(); ++i) {
          ASSERT_NEAR(is[i], wanted[i], 2e-4) << rows << "x" << cols;
          changed += std::fabs(wanted[i] - exact[i]) > 0.05;
        }
      }
    }
  }
  EXPECT_GT(changed, 1000);
}

TEST(LineEffects, OfLimitsThatNothingReachesChangeNoBit) {
  const Conductances codes = random_codes(100, 30);
  const std::vector<std::int8_t> inputs = test::int8_codes(7, 100 * 4, 127);
  const PackedConductances packed(codes);
  const WidenedRows wide(packed, 4, inputs.data());
  std::vector<float> exact(4 * packed.stride());
  packed.multiply(wide.vectors(), exact.data());
  for (const LineEffects& e : {four_phases(1000), one_phase(1000, 0)}) {
    std::vector<float> sums = exact;
    LineCodes(codes, e, kFull).apply(wide.vectors(), packed.stride(), sums.data());
    EXPECT_EQ(sums, exact);
  }
}

TEST(LineEffects, DoNotDependOnOtherVectorsNorOnTheOrderOfRows) {
  const Conductances codes = random_codes(90, 20);
  const std::vector<std::int8_t> inputs = test::int8_codes(7, 90 * 6, 127);
  RowLayout layout;
  layout.order.resize(90);
  std::iota(layout.order.rbegin(), layout.order.rend(), 0);
  layout.runs = {33, 57};
  for (const LineEffects& e : some_effects()) {
    const std::vector<double> together = delivered_by(codes, e, 6, inputs);
    EXPECT_EQ(delivered_by(codes, e, 6, inputs, layout), together);
    for (int v = 0; v < 6; ++v) {
      const std::vector<std::int8_t> one(inputs.begin() + 90 * v, inputs.begin() + 90 * (v + 1));
      EXPECT_EQ(delivered_by(codes, e, 1, one),
                std::vector<double>(together.begin() + 20 * v, together.begin() + 20 * (v + 1)));
    }
  }
}

TEST(LineEffects, AreThoseOfTile) {
  constexpr int kRows = 120, kCols = 24, kVectors = 6;
  const Conductances codes = random_codes(kRows, kCols);
  const std::vector<std::int8_t> inputs = test::int8_codes(7, std::size_t{kRows} * kVectors, 127);
  std::vector<float> w(codes.values.size()), negative(w.size()), x, y(std::size_t{kCols} * kVectors);
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < kCols; ++c) {
      const std::size_t from = static_cast<std::size_t>(r) * kCols + c,
                        to = static_cast<std::size_t>(c) * kRows + r;
      w[to] = codes.values[from] / kLevels;
      negative[to] = codes.negative[from] / kLevels;
    }
  for (const std::int8_t code : inputs) x.push_back(static_cast<float>(code) / kInput);
  for (const LineEffects& e : some_effects()) {
    AihwkitIo io;
    io.input_bound = io.output_bound = io.output_resolution = -1;
    io.lines = e;
    io.lines.wire = 0;
    io.ir_drop = e.wire > 0 ? 1 : 0;
    if (e.wire > 0) io.ir_drop_g_ratio = static_cast<float>(1 / e.wire);
    aihwkit_mvm(io, {kCols, kRows, w.data(), negative.data()}, kVectors, x.data(), {}, y.data());
    const std::vector<double> is = delivered_by(codes, e, kVectors, inputs);
    for (std::size_t i = 0; i < is.size(); ++i) ASSERT_NEAR(is[i], y[i], 2e-4);
  }
}

/// One row at a time, by the general way, is what the plain one gives.
TEST(LineEffects, LeaveReadoutsAsTheyAreWithinLimits) {
  const Conductances codes = random_codes(50, 12);
  Converter converter;
  converter.max_count = 4095;
  converter.full_scale = 24;
  for (const bool per_column : {false, true})
    EXPECT_EQ(readout(codes, converter, {kInput, kLevels}, {}, {per_column, {}, four_phases(10)}),
              readout(codes, converter, {kInput, kLevels}, {}, {per_column}));
}

TEST(ReadoutSigns, AreDrawnOnceAndBalanced) {
  const auto signs = readout_signs(config::ReadoutInputs::RandomSigns, 200);
  EXPECT_EQ(signs, readout_signs(config::ReadoutInputs::RandomSigns, 200));
  EXPECT_EQ(std::count(signs.begin(), signs.end(), 0), 0);
  EXPECT_NEAR(std::accumulate(signs.begin(), signs.end(), 0.0), 0, 800);  // 4 deviations of 40,000 signs
}

/// A converter of few bits, in whose steps a pair of devices is nothing.
TEST(ReadoutSigns, ShowDriftToConvertersOfFewBits) {
  Conductances codes = random_codes(128, 32), later = codes;
  for (float& v : later.values) v = std::rint(v * 0.7f);
  Converter converter;
  converter.max_count = 31;
  converter.full_scale = 24;
  const auto alpha = [&](config::ReadoutInputs inputs) {
    const Readout how{false, inputs, {}};
    return alphas(readout(codes, converter, {kInput, kLevels}, {}, how),
                  readout(later, converter, {kInput, kLevels}, {}, how))[0];
  };
  EXPECT_GT(alpha(config::ReadoutInputs::OneHot), 2.0);
  EXPECT_NEAR(alpha(config::ReadoutInputs::RandomSigns), 1 / 0.7, 0.02);
}

}  // namespace
}  // namespace phasecore::analog
