// Ranges of converters, and what bits buy with each type of them.
#include "sim/numerics/line_ranges.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/input.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/numerics/kernels/mvm.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::numerics {
namespace {

/// hermes-mesh with the converters of a shipped part; `set`: on top.
config::Chip chip_of(const std::string& part, std::vector<std::string> set = {}) {
  test::TempDirectory folder;
  test::write_text(folder / "chip.yaml", "base: [hermes-mesh, converters/" + part + "]\n");
  set.emplace_back("mapping.objective=one-to-one");
  config::Chip chip = config::load_chip(folder / "chip.yaml", set);
  chip.crossbar.rows = chip.crossbar.columns = 64;
  chip.grid.columns = chip.grid.rows = 10;
  return chip;
}

/// Relative error of a chip's logits on perfect devices, whose converters neither spread nor make noise.
double error(const config::Chip& chip) {
  const graph::Network network = test::toy_network();
  const graph::FoldedNetwork folded = graph::fold(network);
  const graph::Batch images = test::toy_data(network, 70, 3).batch(0, 70);
  const mapping::Mapping map = mapping::map(folded, chip);
  const Executor executor(map, chip, test::perfect_device(), calibrate(folded, map, chip, images));
  const auto state = executor.programmed(1, 0, {1}, analog::Compensation::None).front();
  const std::vector<float> is = executor.logits(state, images, 0),
                           wanted = graph::infer(network, images)[0].values;
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    difference += std::pow(is[i] - wanted[i], 2);
    size += std::pow(wanted[i], 2);
  }
  return std::sqrt(difference / size);
}

TEST(Bits, MakeErrorsSmallerWithEveryTypeOfConverter) {
  const std::vector<std::pair<const char*, std::vector<std::string>>> types = {
      {"linear", {}},
      {"ramp", {}},
      {"sar", {}},
      {"cco", {"adc.cco_gain_spread=0", "adc.cco_longer_pulse=true"}}};
  for (const auto& [part, set] : types) {
    double last = 1e9;
    for (const char* bits : {"4", "6", "8", "12"}) {
      std::vector<std::string> all = set;
      all.insert(all.end(), {std::string("adc.bits=") + bits, "adc.output_noise=0"});
      const double is = error(chip_of(part, all));
      EXPECT_LT(is, 0.9 * last) << part << ", " << bits << " bits";
      last = is;
    }
  }
}

TEST(LineRanges, MakeGoodUseOfFewBits) {
  for (const char* part : {"linear", "cco"}) {
    const double wide = error(chip_of(part, {"adc.bits=6"}));
    EXPECT_LT(error(chip_of(part, {"adc.bits=6", "adc.range=calibrated", "adc.range_quantile=0.9999"})),
              0.5 * wide);
    EXPECT_LT(error(chip_of(part, {"adc.bits=6", "adc.range=bound", "adc.range_bound=4"})), 0.8 * wide);
  }
}

/// Weights {1, -0.5; 0.25, 1} by columns, input codes 127 and 64: the lines carry 1 - 64/127/4... by hand.
TEST(LineRanges, AreQuantilesOfWhatLinesCarry) {
  graph::Network n;
  graph::Gemm fc;
  fc.weights = {{2, 2}, {1, -0.5f, 0.25f, 1}};  // outputs x inputs
  fc.bias = {{2}, {0, 0}};
  n.layers = {{"in", graph::Input({2}), {}}, {"fc", fc, {0}}};
  n.outputs = {1};
  n.ranges["in"] = 1;
  n = graph::build(n);
  config::Chip chip =
      chip_of("linear", {"adc.range=calibrated", "adc.range_quantile=1", "numbers.conductance_levels=60000"});
  const graph::FoldedNetwork folded = graph::fold(n);
  const mapping::Mapping map = mapping::map(folded, chip);
  const graph::Batch images{2, {2}, {1, 0.5f, -0.25f, -1}};
  // Columns over their largest weight: {1, -0.5}, {0.25, 1}. Image 0: 0.748, 0.754; image 1: 0.248, -1.063.
  const double x = 64 / 127.0, y = 32 / 127.0;
  const auto largest = [&](double quantile, int samples) {
    chip.adc.range_quantile = quantile;
    const graph::Batch some{samples, {2}, {images.values.begin(), images.values.begin() + 2 * samples}};
    return calibrate(folded, map, chip, some).line_range.at(0);
  };
  EXPECT_NEAR(largest(1, 1), 0.25 + x, 1e-4);
  EXPECT_NEAR(largest(1, 2), 0.25 * y + 1, 1e-4);
  EXPECT_NEAR(largest(0.75, 2), 0.25 + x, 1e-4);
  EXPECT_NEAR(largest(0.5, 2), 1 - 0.5 * x, 1e-4);
  EXPECT_NE(test::input_error([&] { largest(1, 0); }).find("adc.range: calibrated measures"),
            std::string::npos);
}

TEST(LineRanges, AreWhatTheConvertersHaveButForSaturation) {
  const graph::Network network = test::toy_network();
  const graph::FoldedNetwork folded = graph::fold(network);
  const graph::Batch images = test::toy_data(network, 70, 3).batch(0, 70);
  const config::Device device = test::perfect_device();
  for (const double saturation_ua : {1e5, 8.0}) {
    config::Chip chip = chip_of("linear", {"adc.range=calibrated", "adc.range_quantile=0.999"});
    chip.adc.saturation_ua = saturation_ua;
    const double most = saturation_ua / (chip.crossbar.read_voltage_v * device.g_max_us);
    const mapping::Mapping map = mapping::map(folded, chip);
    const Calibration calibration = calibrate(folded, map, chip, images);
    const Executor executor(map, chip, device, calibration);
    int saturated = 0;
    for (std::size_t s = 0; s < map.stages.size(); ++s) {
      const MvmKernel* kernel = executor.crossbars(static_cast<int>(s));
      ASSERT_NE(kernel, nullptr);
      EXPECT_GT(calibration.line_range[s], 0);
      EXPECT_DOUBLE_EQ(kernel->converter().full_scale, std::min(calibration.line_range[s], most));
      saturated += calibration.line_range[s] > most;
    }
    EXPECT_EQ(saturated > 0, saturation_ua == 8.0);
  }
}

TEST(LineRanges, AreMeasuredWhereAFileAsksForThemAlone) {
  const graph::Network network = test::toy_network();
  const graph::FoldedNetwork folded = graph::fold(network);
  const config::Chip chip = chip_of("linear");
  EXPECT_TRUE(calibrate(folded, mapping::map(folded, chip), chip, test::toy_data(network, 20, 3).batch(0, 20))
                  .line_range.empty());
}

}  // namespace
}  // namespace phasecore::numerics
