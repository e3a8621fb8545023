// Relations of arrays, converters and the energy of a multiplication.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/analog/array.hpp"
#include "sim/analog/compensation.hpp"
#include "sim/analog/converter.hpp"
#include "sim/analog/core_pass.hpp"
#include "sim/config/chip.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/sim/random_cases/random_chip.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore {
namespace {

using analog::Conductances;
using test::Dice;

constexpr int kCases = 200, kInputMax = 127, kLevels = 511;

std::vector<float> random_weights(Dice& dice, int rows, int cols) {
  std::vector<float> weights(static_cast<std::size_t>(rows) * cols);
  for (float& weight : weights) weight = static_cast<float>(dice.below(2001) - 1000) / 1000;
  return weights;
}

Conductances random_codes(Dice& dice, int rows, int cols) {
  Conductances codes{rows, cols, random_weights(dice, rows, cols)};
  for (float& code : codes.values) code = std::rint(code * kLevels);
  return codes;
}

/// Counts of a converter with so many bits against exact sums, in units of a fully-on device: root mean
/// square.
double quantisation_error(const Conductances& codes, const std::vector<std::int8_t>& input,
                          const config::Chip& chip, int bits) {
  const analog::Converter converter = analog::make_converter(chip, config::load_device("hermes-2"), bits);
  const analog::PackedConductances packed(codes);
  std::vector<float> counts(static_cast<std::size_t>(codes.cols));
  const std::int32_t zero = 0;
  analog::multiply(packed, converter, {kInputMax, kLevels},
                   analog::WidenedRows(packed, 1, input.data()).vectors(), {&zero, &zero}, {}, counts.data());
  double square = 0;
  for (int column = 0; column < codes.cols; ++column) {
    double sum = 0;
    for (int row = 0; row < codes.rows; ++row)
      sum +=
          static_cast<double>(codes.values[static_cast<std::size_t>(row) * codes.cols + column]) * input[row];
    const double exact = sum / (kInputMax * kLevels);
    square += std::pow(counts[column] * converter.full_scale / converter.max_count - exact, 2.0);
  }
  return std::sqrt(square / codes.cols);
}

TEST(Bits, OfAConverterNeverAddError) {
  test::for_seeds(6000, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    config::Chip chip = test::toy_chip(256);
    chip.adc.use("linear");
    chip.adc.output_noise = 0;
    chip.adc.saturation_ua = 1000;  // no line carries as much
    const int rows = 1 + dice.below(60);
    const Conductances codes = random_codes(dice, rows, 200);
    std::vector<std::int8_t> input(static_cast<std::size_t>(rows));
    for (auto& code : input) code = static_cast<std::int8_t>(dice.below(255) - 127);
    double before = 1e9;
    for (const int bits : {4, 6, 8, 10, 12}) {
      const double error = quantisation_error(codes, input, chip, bits);
      EXPECT_LE(error, before) << bits;
      // Of a step D, uniformly distributed errors have a deviation of D / sqrt(12); the largest is D / 2.
      const double step = 10 * 24.2 / ((1 << bits) - 1);
      EXPECT_LE(error, 0.51 * step) << bits;
      before = error;
    }
  });
}

TEST(Converters, OfEveryTypeAreMonotoneAndOdd) {
  test::for_seeds(6200, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    config::Chip chip = test::toy_chip(256);
    const auto laws = adc::types().names();
    chip = config::load_chip("hermes-mesh");
    chip.adc.use(laws[seed % laws.size()]);
    if (chip.adc.law() == "cco") chip.adc = config::load_chip("hermes").adc;
    chip.adc.output_noise = 0;
    const analog::Converter converter =
        analog::make_converter(chip, config::load_device("hermes-2"), 4 + dice.below(9));
    analog::NoiseKey key;
    key.seed = seed;
    const analog::AdcBank bank(converter, {kInputMax, kLevels}, key, 1);
    std::vector<float> sums;
    for (int i = 0; i < 60; ++i) sums.push_back(static_cast<float>(dice.below(30 * kInputMax * kLevels)));
    std::sort(sums.begin(), sums.end());
    float before = 0;
    for (const float sum : sums) {
      const float negative = -sum;
      float count = 0, other = 0;
      bank.convert(&sum, nullptr, &count);
      bank.convert(&negative, nullptr, &other);
      EXPECT_EQ(count, -other);
      EXPECT_GE(count, before);
      before = count;
    }
    EXPECT_GT(before, 0);
  });
}

// g(t) = g0 (t / t0)^-nu, t counted from the end of programming.
TEST(Drift, OfOneExponentIsOneFactorForAllDevices) {
  test::for_seeds(6400, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    const double nu = 0.01 + 0.001 * dice.below(90);
    config::Device device = test::perfect_device();
    device.drift_mean = {{1e9, 0, {nu}, nu, nu}};
    const int rows = 1 + dice.below(20), cols = 1 + dice.below(20);
    const auto weights = random_weights(dice, rows, cols);
    const auto scales = analog::weight_scales(config::WeightScaling::Column, rows, cols, weights.data(), 1);
    const analog::ProgrammedArray array(device, {seed, 0, 0, 0, 0, 0}, rows, cols, weights.data(), scales);
    const Conductances first = array.read(0, 32000);
    for (const double time : {60.0, 86400.0, 3e7}) {
      const double factor = std::pow((time + device.t0_s) / device.t0_s, -nu);
      const Conductances then = array.read(time, 32000);
      for (std::size_t i = 0; i < first.values.size(); ++i)
        EXPECT_NEAR(then.values[i], first.values[i] * factor, 1.6) << time;
    }
  });
}

TEST(Readouts, ThatAreSmallerByAFactorAreCompensatedByIt) {
  test::for_seeds(6600, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    config::Chip chip = test::toy_chip(256);
    chip.adc.use("linear");
    chip.adc.output_noise = 0;
    const analog::Converter converter = analog::make_converter(chip, config::load_device("hermes-2"), 20);
    const Conductances half = random_codes(dice, 1 + dice.below(30), 1 + dice.below(30));
    const int factor = 2 + dice.below(3);
    Conductances full = half;
    for (float& code : full.values) code *= static_cast<float>(factor);
    const analog::CodeLimits limits{kInputMax, kLevels * factor};
    analog::Readout how;
    how.per_column = dice.chance(50);
    const auto alphas = analog::alphas(analog::readout(full, converter, limits, {}, how),
                                       analog::readout(half, converter, limits, {}, how));
    for (const double alpha : alphas) EXPECT_NEAR(alpha, alpha == 1 ? 1 : factor, 0.01 * factor);
  });
}

struct Array {
  int rows, columns;
};
double pj(const config::Chip& chip, const Array& array, int bits) {
  return config::mvm_energy(chip, array.rows, array.columns, bits).total_pj();
}

config::Chip chip_with(const std::string& law, bool one_phase) {
  const std::vector<std::string> phase = {std::string("crossbar.read_mode=") +
                                          (one_phase ? "1-phase" : "4-phase")};
  config::Chip chip = config::load_chip(law == "cco" ? "hermes" : "hermes-mesh", phase);
  if (law != "cco") chip.adc.use(law);
  return chip;
}

TEST(Energy, OfAMultiplicationGrowsEvenlyWithColumnsAndWithRows) {
  test::for_seeds(6800, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    const config::Chip chip = chip_with(adc::types().names()[seed % 4], dice.chance(50));
    const int bits = 4 + dice.below(9), more = 1 + dice.below(100);
    const Array a{1 + dice.below(150), 1 + dice.below(150)}, b{a.rows, 1 + dice.below(150)};
    const auto added = [&](const Array& to) {
      return pj(chip, {to.rows, to.columns + more}, bits) - pj(chip, to, bits);
    };
    EXPECT_NEAR(added(a), added(b), 1e-9 * pj(chip, a, bits));
    EXPECT_GT(added(a), 0);
    EXPECT_GT(pj(chip, {a.rows + more, a.columns}, bits), pj(chip, a, bits));
  });
}

TEST(Energy, OfTheArrayGrowsWithTheSquareOfTheVoltageAndOnlyThat) {
  test::for_seeds(7000, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    config::Chip chip = chip_with("linear", dice.chance(50));
    const Array a{1 + dice.below(256), 1 + dice.below(256)};
    const auto before = config::mvm_energy(chip, a.rows, a.columns, 8);
    const double factor = 1 + 0.1 * dice.below(20);
    chip.crossbar.read_voltage_v *= factor;
    const auto after = config::mvm_energy(chip, a.rows, a.columns, 8);
    EXPECT_NEAR(after.array_pj, before.array_pj * factor * factor, 1e-9 * after.array_pj);
    EXPECT_EQ(after.dac_pj, before.dac_pj);
    EXPECT_EQ(after.adc_pj, before.adc_pj);
    EXPECT_EQ(after.control_pj, before.control_pj);
  });
}

TEST(Phases, OfAReadTakeFourTimesTheEnergyOfOneButWhatIsSpentOnce) {
  test::for_seeds(7200, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    const std::string law = adc::types().names()[seed % 4];
    const config::Chip one = chip_with(law, true), four = chip_with(law, false);
    const Array a{1 + dice.below(256), 1 + dice.below(256)};
    const int bits = 4 + dice.below(9);
    const auto single = config::mvm_energy(one, a.rows, a.columns, bits),
               all = config::mvm_energy(four, a.rows, a.columns, bits);
    EXPECT_NEAR(all.array_pj, 4 * single.array_pj, 1e-9 * all.array_pj);
    EXPECT_NEAR(all.adc_pj, 4 * single.adc_pj, 1e-9 * all.adc_pj);
    EXPECT_NEAR(all.dac_pj, 4 * single.dac_pj, 1e-9 * all.dac_pj);
    const double once = one.energy.mvm_once_pj;
    EXPECT_NEAR(all.control_pj - once, 4 * (single.control_pj - once), 1e-9 * all.control_pj);
  });
}

}  // namespace
}  // namespace phasecore
