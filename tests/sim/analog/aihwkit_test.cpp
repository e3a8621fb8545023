// Against figures recorded from aihwkit (tests/data/aihwkit/README.md).
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "common/random.hpp"
#include "sim/analog/aihwkit_mvm.hpp"
#include "sim/analog/aihwkit_tile.hpp"
#include "tests/sim/analog/fixtures.hpp"

namespace phasecore::analog {
namespace {

using test::ReferenceTable;

AihwkitIo io_of(const nlohmann::json& c) {
  AihwkitIo io;
  const bool perfect = c.at("is_perfect");
  io.input_bound = perfect ? -1 : c.at("inp_bound").get<float>();
  io.input_resolution = c.at("inp_res").get<float>();
  io.output_bound = perfect ? -1 : c.at("out_bound").get<float>();
  io.output_resolution = c.at("out_res").get<float>();
  io.output_noise = c.at("out_noise").get<float>();
  io.scale_by_abs_max = c.at("noise_management") == "AbsMax";
  io.iterative_bound = c.at("bound_management") == "Iterative";
  io.max_bound_reduction = c.at("max_bm_factor").get<float>();
  io.max_bound_resolution = c.at("max_bm_res").get<float>();
  io.ir_drop = c.at("ir_drop").get<float>();
  io.ir_drop_g_ratio = c.at("ir_drop_g_ratio").get<float>();
  return io;
}

TEST(AihwkitMvm, GivesTheRecordedOutputsOfEveryConfiguration) {
  const auto configs = nlohmann::json::parse(test::reference_text("golden_mvm256/configs.json"));
  ASSERT_EQ(configs.size(), 7u);
  const auto w = test::reference_weights();
  const auto x = test::reference_inputs();
  std::vector<float> y(64 * 256);
  for (const auto& [name, config] : configs.items()) {
    const auto io = io_of(config);
    const auto golden = test::reference_matrix("golden_mvm256/" + name + "__X.csv.gz", 64, 256);
    aihwkit_mvm(io, {256, 256, w.data()}, 64, x.data(), {}, y.data());
    // A float sum has no defined order, so an output next to a rounding tie may fall one step aside.
    const double step =
        io.output_bound > 0 && io.output_resolution > 0 ? 2.0 * io.output_bound * io.output_resolution : 0;
    int ties = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double difference = std::fabs(y[i] - golden[i]);
      const double scale = io.scale_by_abs_max ? 4 : 1;  // bound reductions up to 4 widen the step
      if (difference > 5e-6) {
        ++ties;
        EXPECT_LE(difference, scale * step * 1.001 + 5e-6) << name << " output " << i;
      }
    }
    EXPECT_LE(ties, step > 0 ? 3 : 0) << name << ": outputs one step aside, of 16384";
  }
}

/// The recorded IR drop is small; here the line is so resistive that every term of the cubic counts: four
/// inputs of 1 on weights of 1, a = 4 / 8 * 4 = 2, c = 2 (2 (0.1 - 0.2) + 0.5) = 0.6, profile 0, 7/16, 12/16,
/// 15/16, so y = 4 - 0.6 * 34/16.
TEST(AihwkitMvm, IrDropFollowsItsCubic) {
  AihwkitIo io;
  io.input_bound = io.output_bound = -1;
  io.ir_drop = 1;
  io.ir_drop_g_ratio = 8;
  const std::vector<float> ones(4, 1.0f);
  float y = 0;
  aihwkit_mvm(io, {1, 4, ones.data()}, 1, ones.data(), {}, &y);
  EXPECT_FLOAT_EQ(y, 4 - 0.6f * 34 / 16);
  const std::vector<float> minus(4, -1.0f);
  aihwkit_mvm(io, {1, 4, minus.data()}, 1, ones.data(), {}, &y);
  EXPECT_FLOAT_EQ(y, -4 + 0.6f * 34 / 16);
}

TEST(AihwkitMvm, KeepsAnAllZeroInputExactlyZero) {
  AihwkitIo io;
  io.scale_by_abs_max = true;
  io.output_noise = 0.1f;
  const std::vector<float> w = {0.5f, -0.25f}, x = {0.0f, 0.0f};
  float y = 1;
  aihwkit_mvm(
      io, {1, 2, w.data()}, 1, x.data(), [](std::size_t, float* z) { z[0] = 1; }, &y);
  EXPECT_EQ(y, 0.0f);
}

TEST(AihwkitMvm, StopsReducingWhenInputsVanish) {
  AihwkitIo io;
  io.iterative_bound = true;
  io.output_bound = 0.01f;  // nothing fits
  const std::vector<float> w = {1.0f}, x = {1.0f};
  int passes = 0;
  io.output_noise = 1e-9f;
  float y = 0;
  aihwkit_mvm(
      io, {1, 1, w.data()}, 1, x.data(), [&](std::size_t, float* z) { z[0] = 0, ++passes; }, &y);
  EXPECT_EQ(passes, 6);  // 1, 2, 4, 8, 16 and 32 > 0.25 / (2 / 254)
  EXPECT_FLOAT_EQ(y, 0.01f * 32);
}

TEST(AihwkitTile, GivesTheRecordedWeightsAndCompensation) {
  const ReferenceTable table("golden_pcm_tile64.csv.gz");
  const std::size_t n = table.rows();
  ASSERT_EQ(n, 64u * 64u);
  const auto golden = nlohmann::json::parse(test::reference_text("golden_pcm_tile64.json"));
  const auto w = table.floats("W"), zpp = table.floats("z_prog_plus"), zpm = table.floats("z_prog_minus");
  const auto znp = table.floats("z_nu_plus"), znm = table.floats("z_nu_minus");
  const auto zrp = table.floats("z_read_plus"), zrm = table.floats("z_read_minus");
  const AihwkitTile tile(test::reference_device("pcm"), n, w.data(),
                         {zpp.data(), zpm.data(), znp.data(), znm.data()});
  const auto near = [](double ours, double reference, const std::string& what) {
    EXPECT_NEAR(ours, reference, 1e-6 * std::fabs(reference) + 1e-6) << what;
  };
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    near(tile.programmed()[i], table["W_prog"][i], "W_prog " + std::to_string(i));
    near(tile.nu_positive()[i], table["nu_plus"][i], "nu+ " + std::to_string(i));
    near(tile.nu_negative()[i], table["nu_minus"][i], "nu- " + std::to_string(i));
    largest = std::max<double>(largest, std::fabs(tile.programmed()[i]));
  }
  near(largest, golden.at("max_abs_W_prog"), "largest programmed weight");
  // The readout: the mean magnitude of the response to one-hot inputs, through perfect converters.
  const auto mean_magnitude = [&](const std::vector<float>& weights) {
    double sum = 0;
    for (const float v : weights) sum += std::fabs(v);
    return sum / static_cast<double>(n);
  };
  const double baseline = mean_magnitude(tile.programmed());
  near(baseline, golden.at("baseline"), "baseline");
  const std::vector<std::pair<std::string, double>> times = {
      {"t0", 0}, {"t0+20s", 20}, {"1h", 3600}, {"1d", 86400}, {"30d", 2592000}, {"1y", 31536000}};
  for (const auto& [label, time] : times) {
    const auto read = tile.read(time, zrp.data(), zrm.data());
    for (std::size_t i = 0; i < n; ++i)
      near(read[i], table["W_" + label][i], label + " " + std::to_string(i));
    EXPECT_NEAR(baseline / mean_magnitude(read), golden.at("alpha").at(label), 2e-6) << label;
  }
}

}  // namespace
}  // namespace phasecore::analog
