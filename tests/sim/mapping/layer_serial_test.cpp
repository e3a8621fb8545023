// One layer at a time (mapping.schedule: layer-serial): which layers wait for which, and how long images
// take.
#include "sim/mapping/layer_serial.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/diagnostics.hpp"
#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/chip/chip.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/load.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore::mapping {
namespace {

using common::Picoseconds;

constexpr int kImages = 3;

config::Chip serial_chip(const char* name, const std::vector<std::string>& more = {}) {
  std::vector<std::string> settings{"mapping.objective=one-to-one", "mapping.schedule=layer-serial"};
  settings.insert(settings.end(), more.begin(), more.end());
  return config::load_chip(name, settings);
}

/// What a run says of one image: when each wave began and when it was done.
struct WaveTimes {
  Picoseconds first = 0, last = 0;
};
std::vector<WaveTimes> wave_times(const BuiltProgram& built, const program::Activity& run) {
  std::vector<WaveTimes> times;
  for (const auto& wave : built.waves) {
    WaveTimes all{run.tasks[wave[0]].first_start_ps, 0};
    for (const int task : wave) {
      all.first = std::min(all.first, run.tasks[task].first_start_ps);
      all.last = std::max(all.last, run.tasks[task].last_end_ps);
    }
    times.push_back(all);
  }
  return times;
}

void expect_one_after_the_other(const BuiltProgram& built, const program::Activity& one_image) {
  const auto times = wave_times(built, one_image);
  for (std::size_t s = 1; s < times.size(); ++s) EXPECT_GE(times[s].first, times[s - 1].last) << "wave " << s;
}

/// The wave of a layer.
int wave_of(const Mapping& mapping, const std::string& name) {
  const std::vector<int> waves = waves_of(mapping.stages);
  for (std::size_t s = 0; s < waves.size(); ++s)
    if (mapping.stages[s].name == name) return waves[s];
  ADD_FAILURE() << "there is no layer " << name;
  return -2;
}

TEST(Waves, FollowTheLongestWayFromTheImageSoThatAProjectionRunsBesideItsBlock) {
  for (const bool shortcut_adds : {true, false}) {  // the later of the two that an Add joins
    test::Draft d({3, 8, 8});
    const int stem = d.conv(0, 8, 3);
    int shortcut = shortcut_adds ? -1 : d.conv(stem, 16, 1, 2);
    const int first = d.conv(stem, 16, 3, 2), second = d.conv(first, 16, 3);
    if (shortcut_adds) shortcut = d.conv(stem, 16, 1, 2);
    const int logits = d.gemm(d.flatten(d.global_average_pool(d.add(second, shortcut))), 10);
    const char* const names[] = {"stem", "first", "second", "shortcut"};
    int at = 0;
    for (const int layer : {stem, first, second, shortcut}) d.rename(layer, names[at++]);
    d.rename(logits, "logits");
    const Mapping mapping = map(graph::fold(d.build(logits)), serial_chip("hermes-mesh"));
    EXPECT_EQ(wave_of(mapping, "stem"), 0);
    EXPECT_EQ(wave_of(mapping, "first"), 1);
    EXPECT_EQ(wave_of(mapping, "shortcut"), shortcut_adds ? 2 : 1);
    EXPECT_EQ(wave_of(mapping, "second"), 2);
    EXPECT_EQ(wave_of(mapping, "logits"), 3);
  }
}

TEST(Waves, OfLayersOnTheHostAreNone) {
  const Mapping mapping = map(graph::fold(test::resnet8()), serial_chip("hermes"));
  const std::vector<int> waves = waves_of(mapping.stages);
  EXPECT_GT(std::count(waves.begin(), waves.end(), -1), 0) << "the host adds and pools";
  const int last = *std::max_element(waves.begin(), waves.end());
  EXPECT_EQ(last, 7) << "stem, three blocks of two, classifier; projections beside their blocks";
  for (int wave = 0; wave <= last; ++wave) EXPECT_GT(std::count(waves.begin(), waves.end(), wave), 0) << wave;
}

TEST(LayerSerial, APipelinedProgramHasNeitherWavesNorSignals) {
  const config::Chip chip = test::one_to_one("hermes-mesh");
  const BuiltProgram built = build_program(map(graph::fold(test::resnet8()), chip), chip);
  EXPECT_TRUE(built.waves.empty());
  for (const auto& stream : built.program.streams) EXPECT_FALSE(stream.signal);
}

/// On both engines: the waves of one image follow each other, images, too, and the chip is never earlier.
/// Its latest image's end over the analytic one's.
double run_in_waves(chip::Chip& silicon, const program::Platform& platform, const BuiltProgram& built) {
  chip::RunOptions options;
  const program::Activity one = silicon.run(built.program, options);
  expect_one_after_the_other(built, one);
  options.images = kImages;
  const program::Activity run = silicon.run(built.program, options);
  const program::Activity paper = analytic::run(built.program, platform, kImages);
  const Picoseconds least = interval_of_waves(built.program, built.waves);
  for (int i = 0; i < kImages; ++i) {
    EXPECT_GE(run.image_end_ps[i], paper.image_end_ps[i]);
    EXPECT_GE(run.image_end_ps[i] - (i > 0 ? run.image_end_ps[i - 1] : 0), least) << "image " << i;
  }
  return static_cast<double>(run.image_end_ps.back()) / static_cast<double>(paper.image_end_ps.back());
}

TEST(LayerSerial, LayersOfRandomNetworksRunOneAfterTheOther) {
  config::Chip chip = serial_chip("hermes-mesh");
  chip.crossbar.rows = chip.crossbar.columns = 64;
  chip.grid.columns = chip.grid.rows = 16;
  const program::Platform platform = fabric::make(chip)->platform();
  chip::Chip silicon(platform);
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const graph::FoldedNetwork network = graph::fold(
        seed % 4 == 0 ? test::random_joined_network(seed, 4) : test::random_network(seed, 3 + seed % 12));
    config::Chip shared = chip;
    if (seed % 2 == 0 && seed % 4 != 0) test::share_out_randomly(map(network, chip), seed, shared);
    run_in_waves(silicon, platform, build_program(map(network, shared), shared));
  }
}

TEST(LayerSerial, LayersThatShareCoresRunOneAfterTheOther) {
  const config::Chip chip = serial_chip("hermes-mesh", {"mapping.objective=cores"});
  const Mapping mapping = map(graph::fold(test::resnet8()), chip);
  EXPECT_LT(mapping.cores_used, 8);
  const BuiltProgram built = build_program(mapping, chip);
  EXPECT_FALSE(built.program.orders.empty());
  const program::Platform platform = fabric::make(chip)->platform();
  chip::Chip silicon(platform);
  EXPECT_LE(run_in_waves(silicon, platform, built), 1.01);
}

TEST(LayerSerial, OnHermesLayersRunOneAfterTheOtherThroughTheHost) {
  const config::Chip chip = serial_chip("hermes");
  const BuiltProgram built = build_program(map(graph::fold(test::resnet8()), chip), chip);
  const program::Platform platform = fabric::make(chip)->platform();
  chip::Chip silicon(platform);
  run_in_waves(silicon, platform, built);
}

TEST(CrossbarSerial, CrossbarsAndDigitalLayersRunOneAfterTheOther) {
  config::Chip chip =
      config::load_chip("hermes-mesh", {"mapping.objective=one-to-one", "mapping.schedule=crossbar-serial"});
  chip.crossbar.rows = chip.crossbar.columns = 64;
  const graph::FoldedNetwork network = graph::fold(test::resnet8());
  const BuiltProgram built = build_program(map(network, chip), chip);
  std::size_t tasks = 0, on_cores = 0;
  for (const auto& wave : built.waves) {
    tasks += wave.size();
    on_cores += built.program.tasks[wave[0]].core >= 0 ? 1 : 0;
  }
  EXPECT_EQ(tasks, built.waves.size()) << "one per wave";
  EXPECT_EQ(on_cores, tasks);
  EXPECT_GT(tasks, 20u) << "layers are cut";
  const program::Platform platform = fabric::make(chip)->platform();
  chip::Chip silicon(platform);
  run_in_waves(silicon, platform, built);
}

TEST(LayerSerial, MoreCoresMakeImagesShorterWhereTheObjectiveIsTime) {
  const auto interval_us = [](const char* objective, const char* cores) {
    const config::Chip chip = serial_chip("hermes-mesh", {std::string("mapping.objective=") + objective,
                                                          std::string("mapping.max_cores=") + cores});
    const Mapping mapping = map(graph::fold(test::resnet8()), chip);
    EXPECT_LE(mapping.cores_used, std::stoi(cores));
    const BuiltProgram built = build_program(mapping, chip);
    return static_cast<double>(interval_of_waves(built.program, built.waves)) * 1e-6;
  };
  const double few = interval_us("throughput", "16"), many = interval_us("throughput", "64");
  EXPECT_LT(few, interval_us("one-to-one", "64"));
  EXPECT_LT(many, few / 2);
  EXPECT_EQ(many, interval_us("latency", "64")) << "an image at a time: both mean the same";
}

TEST(LayerSerial, AsksForRoomForWholeImages) {
  const auto build = [](const config::Chip& chip) {
    build_program(map(graph::fold(test::resnet8()), chip), chip);
  };
  EXPECT_NO_THROW(build(test::one_to_one("hermes-mesh", {"memory.bytes=8192"})));
  EXPECT_NE(test::input_error([&] {
              build(serial_chip("hermes-mesh", {"memory.bytes=8192"}));
            }).find("needs larger input buffers than the 8192 bytes"),
            std::string::npos);
}

TEST(LayerSerial, RefusesWhatOnlyPipelinesHave) {
  EXPECT_NE(test::input_error([] {
              serial_chip("hermes-mesh", {"mapping.objective=energy"});
            }).find("energy is that of pipelined layers"),
            std::string::npos);
  EXPECT_NE(test::input_error([] {
              serial_chip("hermes-mesh", {"mapping.objective=cores", "mapping.max_interval_ns=1000000"});
            }).find("max_interval_ns bounds pipelined layers"),
            std::string::npos);
  EXPECT_NE(test::input_error([] {
              config::load_chip("hermes", {"mapping.schedule=crossbar-serial"});
            }).find("keeps the partial sums of whole images"),
            std::string::npos);
  for (const char* objective : {"throughput", "latency"})
    EXPECT_NE(test::input_error([&] {
                config::load_chip("hermes-mesh",
                                  {"mapping.objective=one-to-one", "mapping.schedule=crossbar-serial",
                                   std::string("mapping.objective=") + objective});
              }).find("leaves nothing to share out for time"),
              std::string::npos);
}

/// AnalogNAS, Table IV: ResNet-32 on 48 tiles of 512x512 in 0.434 ms. Its main path has 11 x 1024, 10 x 256
/// and 10 x 64 pixels and one of the classifier; at 30 ns each, one layer after the other, that is 0.43395
/// ms.
TEST(LayerSerial, GivesThePublishedTimeOfResNet32) {
  const config::Chip chip = serial_chip("analog-fabric-48", {"crossbar.input_lsb_ns=0.171875"});
  EXPECT_DOUBLE_EQ(chip.mvm_ns(chip.adc.bits), 30);
  const Mapping mapping = map(graph::fold(test::resnet32()), chip);
  const BuiltProgram built = build_program(mapping, chip);
  EXPECT_EQ(mapping.cores_used, 43);
  EXPECT_EQ(built.waves.size(), 32u);
  const Picoseconds closed = interval_of_waves(built.program, built.waves);
  EXPECT_EQ(closed, Picoseconds{14'465} * 30'000);

  const program::Platform platform = fabric::make(chip)->platform();
  chip::Chip silicon(platform);
  chip::RunOptions options;
  const program::Activity one = silicon.run(built.program, options);
  expect_one_after_the_other(built, one);
  EXPECT_GE(one.image_end_ps[0], closed);
  EXPECT_LE(static_cast<double>(one.image_end_ps[0]), 1.03 * static_cast<double>(closed));
  // What fills each layer: its first vector is loaded, its last one passes the digital unit; the classifier
  // waits for the last pooled pixels on their way, and second halves of long columns for partial sums.
  const auto times = wave_times(built, one);
  for (std::size_t s = 0; s < times.size(); ++s) {
    const program::Task& task = built.program.tasks[built.waves[s][0]];
    const Picoseconds fill = times[s].last - times[s].first - task.firings * program::period_ps(task);
    EXPECT_GE(fill, task.visits.front().duration_ps + task.visits.back().duration_ps) << "wave " << s;
    EXPECT_LE(fill, 120'000) << "wave " << s;
  }
}

}  // namespace
}  // namespace phasecore::mapping
