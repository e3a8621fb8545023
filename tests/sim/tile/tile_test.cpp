// One array, characterised; against what IBM aihwkit recorded (tests/data/aihwkit/README.md).
#include "sim/tile/tile.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <tuple>

#include "tests/sim/analog/fixtures.hpp"
#include "tests/support/support.hpp"

namespace phasecore::tile {
namespace {

using analog::Compensation;
using test::ReferenceTable;

Request small_request() {
  Request r;
  r.weights = random_weights(3, 24, 32);
  r.inputs = random_inputs(3, 16, 32);
  r.device = config::load_device("hermes-2");
  r.times_s = {0, 86400};
  r.instances = 4;
  return r;
}

config::Device without_noise(config::Device device) {
  device.programming_sigma_us = {0};
  device.read_noise = {};
  const config::CurvePiece zero{1e9, 0, {0}, 0, 0};
  device.drift_mean = device.drift_sigma = device.read_noise.pieces = {zero};
  return device;
}

/// 24 programming instances instead of aihwkit's 300. An instance's relative error has a spread of 0.8 %
/// (alpha: 0.13 %), so the mean of 24 has a standard error of 0.17 % (0.026 %), far inside the promised 1.5 %
/// and 0.3 %.
class MvmStatistics : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(MvmStatistics, MatchAihwkits) {
  const auto [model, io_name] = GetParam();
  Request request;
  request.weights = {256, 256, test::reference_weights(), "W256"};
  request.inputs = {64, 256, test::reference_inputs(), "X64x256"};
  request.device = test::reference_device(model);
  request.mode = Mode::AihwkitTile;
  if (std::string(io_name) == "D_perfect_io") request.converters = {0, 0, {}};
  request.times_s = {0, 3600, 86400};
  request.instances = 24;
  std::map<std::string, Characterisation> ours;  // by the column gdc
  ours["1"] = characterise(request);
  request.compensation = Compensation::None;
  ours["0"] = characterise(request);
  const std::map<std::string, std::size_t> times = {{"t0", 0}, {"1h", 1}, {"1d", 2}};
  const ReferenceTable table("mvm_stats.csv");
  int compared = 0;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    if (table.text("model")[r] != model || table.text("io")[r] != io_name) continue;
    const std::string label = table.text("t_label")[r];
    const Characterisation& result = ours.at(table.text("gdc")[r]);
    const double reference = table["rel_l2_mean"][r];
    ++compared;
    if (label == "ideal_weights") {
      EXPECT_NEAR(result.converters_rel_l2, reference, 0.015 * reference + 1e-6);
    } else if (label == "programmed_no_drift_call") {
      EXPECT_NEAR(result.programmed_rel_l2.mean, reference, 0.015 * reference);
    } else {
      const Point& point = result.points[times.at(label)];
      EXPECT_NEAR(point.rel_l2.mean, reference, 0.015 * reference) << label;
      EXPECT_NEAR(point.alpha.mean, table["alpha_mean"][r], 0.003 * table["alpha_mean"][r]) << label;
      // The spread of a spread over 24 instances is 15 %.
      EXPECT_NEAR(point.rel_l2.deviation, table["rel_l2_std"][r], 0.6 * table["rel_l2_std"][r]) << label;
    }
  }
  EXPECT_EQ(compared, 8);
}

INSTANTIATE_TEST_SUITE_P(Aihwkit, MvmStatistics,
                         testing::Values(std::tuple("pcm", "A_dac8_adc8"), std::tuple("pcm", "D_perfect_io"),
                                         std::tuple("hermes2", "A_dac8_adc8")),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param)) + "_" + std::get<1>(info.param);
                         });

/// 2,000 cells of each recorded target, after a day: both devices of a pair drift (path `pair`), or the
/// surviving one alone (`tile`). The standard error of a spread is 1.6 %.
TEST(ProgrammedWeights, HaveTheRecordedMeansAndSpreadsOfBothModes) {
  const ReferenceTable table("tile_weight_stats.csv");
  constexpr std::size_t cells = 2000;
  int compared = 0;
  for (const Mode mode : {Mode::DevicePairs, Mode::AihwkitTile}) {
    std::vector<std::size_t> rows;
    std::vector<float> weights;
    for (std::size_t r = 0; r < table.rows(); ++r) {
      if (table.text("path")[r] != (mode == Mode::DevicePairs ? "pair" : "tile")) continue;
      if (table.text("t_label")[r] != "1d") continue;
      rows.push_back(r);
      weights.insert(weights.end(), cells, static_cast<float>(table["w_target"][r]));
    }
    const std::vector<float> read =
        program(mode, test::reference_device("pcm"), weights, {11, 0})->read(86400).merged;
    for (std::size_t k = 0; k < rows.size(); ++k, ++compared) {
      const float* of_target = read.data() + k * cells;
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < cells; ++i) sum += of_target[i];
      const double mean = sum / cells;
      for (std::size_t i = 0; i < cells; ++i) squares += (of_target[i] - mean) * (of_target[i] - mean);
      const double reference = table["std"][rows[k]], deviation = std::sqrt(squares / cells);
      const std::string at = std::string(name_of(mode)) + " " + table.text("w_target")[rows[k]];
      EXPECT_NEAR(mean, table["mean"][rows[k]], 5 * reference / std::sqrt(double{cells})) << at;
      EXPECT_NEAR(deviation, reference, 0.08 * reference) << at;
    }
  }
  EXPECT_EQ(compared, 82);
}

TEST(Tile, PerfectDevicesLeaveTheErrorOfTheConverters) {
  Request request = small_request();
  request.device = without_noise(request.device);
  const Characterisation result = characterise(request);
  EXPECT_GT(result.converters_rel_l2, 1e-3);
  for (const Point& point : result.points) {
    EXPECT_NEAR(point.rel_l2.mean, result.converters_rel_l2, 1e-3 * result.converters_rel_l2);
    EXPECT_NEAR(point.alpha.mean, 1, 1e-9);
    EXPECT_LT(point.weight_rms.mean, 1e-6);
  }
  request.converters = {0, 0, {}};
  EXPECT_LT(characterise(request).points[0].rel_l2.mean, 1e-6);
}

TEST(Tile, ATimeIsTheSameWhateverOtherTimesAndInstancesAreAskedFor) {
  Request request = small_request();
  request.converters.out_noise = 0.05;
  const Characterisation both = characterise(request);
  request.times_s = {86400};
  const Characterisation one = characterise(request);
  EXPECT_EQ(one.points[0].rel_l2.mean, both.points[1].rel_l2.mean);
  EXPECT_EQ(one.points[0].alpha.mean, both.points[1].alpha.mean);
  request.seed = 1;
  EXPECT_NE(characterise(request).points[0].rel_l2.mean, one.points[0].rel_l2.mean);
  request.instances = 1;
  EXPECT_TRUE(std::isnan(characterise(request).points[0].rel_l2.deviation)) << "no spread of one";
}

TEST(Tile, ErrorsDoNotDependOnTheUnitOfTheWeights) {
  Request request = small_request();
  const Characterisation ours = characterise(request);
  for (float& w : request.weights.values) w *= 0.125f;
  const Characterisation scaled = characterise(request);
  EXPECT_EQ(scaled.points[1].rel_l2.mean, ours.points[1].rel_l2.mean);
  EXPECT_EQ(scaled.converters_rel_l2, ours.converters_rel_l2);
}

TEST(Tile, CompensationMendsWhatDriftTakes) {
  Request request = small_request();
  request.instances = 8;
  const auto after_a_day = [&](Compensation compensation) {
    request.compensation = compensation;
    return characterise(request).points[1];
  };
  const Point none = after_a_day(Compensation::None), gdc = after_a_day(Compensation::Gdc);
  const Point column = after_a_day(Compensation::GdcColumn);
  EXPECT_GT(none.rel_l2.mean, 1.3 * gdc.rel_l2.mean);
  EXPECT_EQ(none.alpha.mean, gdc.alpha.mean) << "measured, applied or not";
  EXPECT_GT(gdc.alpha.mean, 1.3);
  EXPECT_NEAR(column.alpha.mean, gdc.alpha.mean, 0.05 * gdc.alpha.mean);
  EXPECT_NE(column.rel_l2.mean, gdc.rel_l2.mean);
  EXPECT_NEAR(column.rel_l2.mean, gdc.rel_l2.mean, 0.2 * gdc.rel_l2.mean);
}

TEST(Tile, IterativeBoundManagementSavesOutputsThatAreClippedOtherwise) {
  Request request = small_request();
  request.converters.out_bound = 0.5;
  const double clipped = characterise(request).converters_rel_l2;
  request.converters.iterative_bound = true;
  const double repeated = characterise(request).converters_rel_l2;
  EXPECT_GT(clipped, 0.3);
  EXPECT_LT(repeated, 0.05);
}

TEST(Tile, InputsBeyondTheConverterAreCountedUntilTheyAreScaled) {
  Request request = small_request();
  for (float& x : request.inputs.values) x *= 3;
  const Characterisation clipped = characterise(request);
  EXPECT_GT(clipped.clipped_inputs, request.inputs.values.size() / 2);
  EXPECT_GT(clipped.converters_rel_l2, 0.1);
  for (const InputScale scale : {InputScale::Largest, InputScale::AbsMax}) {
    request.converters.input_scale = scale;
    const Characterisation scaled = characterise(request);
    EXPECT_EQ(scaled.clipped_inputs, 0u);
    EXPECT_LT(scaled.converters_rel_l2, 0.05);
  }
}

TEST(Tile, FewerBitsAndMoreNoiseMakeLargerErrors) {
  Request request = small_request();
  double last = 0;
  for (const int bits : {10, 8, 6, 4}) {
    request.converters.dac_bits = request.converters.adc_bits = bits;
    const double error = characterise(request).points[0].rel_l2.mean;
    EXPECT_GT(error, last) << bits;
    last = error;
  }
  request = small_request();
  const double quiet = characterise(request).points[0].rel_l2.mean;
  request.converters.out_noise = 0.5;
  EXPECT_GT(characterise(request).points[0].rel_l2.mean, 1.2 * quiet);
  request = small_request();
  request.weights = random_weights(3, 16, 512);
  request.inputs = random_inputs(3, 16, 512);
  const double straight = characterise(request).converters_rel_l2;
  request.converters.ir_drop = true;
  EXPECT_GT(characterise(request).converters_rel_l2, straight);
}

TEST(Tile, MoreBitsMakeSmallerErrorsInAnyRange) {
  for (const bool calibrated : {false, true}) {
    Request request = small_request();
    request.converters.dac_bits = 0;
    if (calibrated) request.converters.out_bound.reset(), request.converters.out_quantile = 1;
    double last = 1e9;
    for (const int bits : {4, 6, 8, 12}) {
      request.converters.adc_bits = bits;
      const double error = characterise(request).converters_rel_l2;
      EXPECT_LT(error, 0.5 * last) << bits;
      last = error;
    }
  }
}

TEST(Tile, ACalibratedRangeMakesGoodUseOfFewBits) {
  Request request = small_request();
  request.converters.adc_bits = 5;
  const Characterisation wide = characterise(request);
  EXPECT_EQ(wide.out_bound, 10);
  request.converters.out_bound.reset();
  for (const InputScale scale : {InputScale::None, InputScale::AbsMax}) {
    request.converters.input_scale = scale;
    request.converters.out_quantile = 1;
    const Characterisation all = characterise(request);
    request.converters.out_quantile = 0.99;
    const Characterisation most = characterise(request);
    ASSERT_TRUE(all.out_bound && most.out_bound);
    EXPECT_LT(*most.out_bound, *all.out_bound);
    EXPECT_LT(*all.out_bound, 10);
    EXPECT_LT(all.converters_rel_l2, 0.7 * wide.converters_rel_l2);
  }
}

/// Rounding uniformly spread weights to 2^b levels between -1 and 1 is what b equivalent bits mean.
TEST(Tile, EquivalentBitsAreThoseOfARoundingQuantiser) {
  const Matrix x = random_inputs(5, 256, 256);
  for (const int bits : {2, 3, 4, 6}) {
    const double levels = std::ldexp(1.0, bits), step = 2 / (levels - 1);
    double squares = 0;
    for (const float v : x.values) squares += std::pow(std::rint((v + 1) / step) * step - 1 - v, 2);
    // The outermost levels round half as much: it shows where there are few.
    EXPECT_NEAR(equivalent_bits(std::sqrt(squares / static_cast<double>(x.values.size()))), bits, 0.01)
        << bits;
  }
}

TEST(Tile, RefusesWhatCannotBeCharacterised) {
  const auto refusal = [](const auto& change) {
    Request request = small_request();
    change(request);
    return test::input_error([&] { characterise(request); });
  };
  const auto expect = [&](const auto& change, const std::string& message) {
    EXPECT_NE(refusal(change).find(message), std::string::npos) << message << "\n" << refusal(change);
  };
  expect([](Request& r) { r.inputs = random_inputs(0, 4, 31); }, "take 32 inputs; the vectors");
  expect([](Request& r) { r.weights.values.assign(r.weights.values.size(), 0.0f); }, "all weights are 0");
  expect([](Request& r) { r.inputs.values.assign(r.inputs.values.size(), 0.0f); }, "all exact outputs are 0");
  expect([](Request& r) { r.compensation = Compensation::AdaBs; }, "none, gdc, gdc-column");
  expect([](Request& r) { r.times_s.clear(); }, "no times");
  expect([](Request& r) { r.converters = {1, 40, -1.0, -1}; }, "--dac-bits is 1; allowed are 2 to 20");
  expect([](Request& r) { r.converters = {1, 40, -1.0, -1}; }, "--adc-bits is 40");
  expect([](Request& r) { r.converters = {1, 40, -1.0, -1}; }, "--out-bound is -1");
  expect([](Request& r) { r.converters = {1, 40, -1.0, -1}; }, "--out-noise is -1");
  expect([](Request& r) { r.converters.out_bound.reset(); }, "--adc-bits needs an output bound");
  expect([](Request& r) { r.converters.out_quantile = 0.9; }, "--out-bound and --range-quantile both say");
  expect([](Request& r) { r.converters.out_bound.reset(), r.converters.out_quantile = 1.5; },
         "--range-quantile is 1.5; allowed is more than 0, at most 1");
  EXPECT_NE(test::input_error([] { parse_mode("pairs"); }).find("device-pairs, aihwkit-tile"),
            std::string::npos);
  EXPECT_NE(test::input_error([] { parse_input_scale("max"); }).find("abs-max"), std::string::npos);
}

}  // namespace
}  // namespace phasecore::tile
