// Mapped networks on both engines: the cycle-level chip finishes with the smallest buffers, and never before
// the analytic bound.
#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/chip/chip.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/capacities.hpp"
#include "sim/mapping/load.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::mapping {
namespace {

constexpr int kImages = 3;

void use_least_buffers(program::Program& program) {
  const std::vector<int> least = least_capacities(program);
  for (std::size_t s = 0; s < least.size(); ++s)
    if (program.tasks[program.streams[s].to].core >= 0) program.streams[s].capacity = std::max(least[s], 1);
}

void run_resnet8(const char* name) {
  const config::Chip chip = test::one_to_one(name);
  BuiltProgram built = build_program(map(graph::fold(test::resnet8()), chip), chip);
  const program::Platform platform = fabric::make(chip)->platform();
  const program::Activity bound = analytic::run(built.program, platform, kImages);
  chip::Chip silicon(platform);
  chip::RunOptions options;
  options.images = kImages;
  const program::Activity run = silicon.run(built.program, options);
  use_least_buffers(built.program);
  const program::Activity tight = silicon.run(built.program, options);
  for (int i = 0; i < kImages; ++i) {
    EXPECT_GE(run.image_end_ps.at(i), bound.image_end_ps.at(i));
    EXPECT_LE(run.image_end_ps[i], bound.image_end_ps[i] + bound.image_end_ps[i] / 100)
        << "contention above 1 %";
    EXPECT_GE(tight.image_end_ps.at(i), run.image_end_ps[i]);
  }
}

TEST(MappedOnChip, ResNet8MeetsTheBoundOnHermesMeshAndFinishesWithTheLeastBuffers) {
  run_resnet8("hermes-mesh");
}
TEST(MappedOnChip, ResNet8MeetsTheBoundOnAnalogFabricAndFinishesWithTheLeastBuffers) {
  run_resnet8("analog-fabric-48");
}
TEST(MappedOnChip, ResNet8MeetsTheBoundOnHermesAndFinishesWithTheLeastBuffers) {
  run_resnet8("hermes");
}

/// Runs the networks of seeds 1 to `last` with the least buffers: none ends before the closed form says.
template <class NetworkOf>
void expect_to_finish_with_the_least_buffers(const config::Chip& chip, std::uint32_t last,
                                             NetworkOf network_of) {
  const program::Platform platform = fabric::make(chip)->platform();
  chip::Chip silicon(platform);
  chip::RunOptions options;
  options.images = kImages;
  for (std::uint32_t seed = 1; seed <= last; ++seed) {
    BuiltProgram built = build_program(map(graph::fold(network_of(seed)), chip), chip);
    use_least_buffers(built.program);
    const program::Activity bound = analytic::run(built.program, platform, kImages);
    const program::Activity run = silicon.run(built.program, options);
    for (int i = 0; i < kImages; ++i)
      EXPECT_GE(run.image_end_ps.at(i), bound.image_end_ps.at(i)) << "seed " << seed;
  }
}

TEST(MappedOnChip, RandomNetworksFinishWithTheLeastBuffers) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.crossbar.rows = chip.crossbar.columns = 64;
  chip.grid.columns = chip.grid.rows = 8;
  expect_to_finish_with_the_least_buffers(
      chip, 40, [](std::uint32_t seed) { return test::random_network(seed, 3 + seed % 12); });
}

TEST(MappedOnChip, BranchesThatMeetFinishWithTheLeastBuffers) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.crossbar.rows = chip.crossbar.columns = 64;
  expect_to_finish_with_the_least_buffers(
      chip, 30, [](std::uint32_t seed) { return test::random_joined_network(seed, 2 + seed % 5); });
}

TEST(MappedOnChip, TilesAndReplicasFinishWithTheLeastBuffers) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.crossbar.rows = chip.crossbar.columns = 64;
  chip.grid.columns = chip.grid.rows = 16;
  const program::Platform platform = fabric::make(chip)->platform();
  chip::Chip silicon(platform);
  chip::RunOptions options;
  options.images = kImages;
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    const graph::FoldedNetwork network = graph::fold(test::random_network(seed, 3 + seed % 12));
    config::Chip shared = chip;
    test::share_out_randomly(map(network, chip), seed, shared);
    BuiltProgram built = build_program(map(network, shared), shared);
    use_least_buffers(built.program);
    const program::Activity bound = analytic::run(built.program, platform, kImages);
    const program::Activity run = silicon.run(built.program, options);
    for (int i = 0; i < kImages; ++i)
      EXPECT_GE(run.image_end_ps.at(i), bound.image_end_ps.at(i)) << "seed " << seed;
  }
}

TEST(MappedOnChip, SharedOutNetworksMeetTheClosedForm) {
  const program::Platform platform = fabric::make(test::one_to_one("hermes-mesh"))->platform();
  chip::Chip silicon(platform);
  for (const char* objective : {"throughput", "latency", "energy", "cores"}) {
    const config::Chip chip =
        config::load_chip("hermes-mesh", {std::string("mapping.objective=") + objective});
    const BuiltProgram built = build_program(map(graph::fold(test::resnet8()), chip), chip);
    constexpr int kMany = 12;
    const program::Activity bound = analytic::run(built.program, platform, kMany);
    chip::RunOptions options;
    options.images = kMany;
    const program::Activity run = silicon.run(built.program, options);
    const auto interval = [](const program::Activity& a) {
      return static_cast<double>(a.image_end_ps[8] - a.image_end_ps[4]) / 4;
    };
    const auto closed = static_cast<double>(loads(built.program, chip.cores()).interval_ps());
    EXPECT_GE(interval(run), 0.999 * closed) << objective;
    EXPECT_LE(interval(run), 1.01 * closed) << objective;
    EXPECT_LE(interval(bound), 1.01 * closed) << objective;
  }
}

TEST(MappedChip, SpreadsANetworkOverChipsThatAloneAreTooSmall) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.grid = {4, 2};
  EXPECT_THROW(map(graph::fold(test::resnet8()), chip), common::InputError);
  chip.chips = config::Chips{3, 1, 1000, 4, 20, 8.0};
  const BuiltProgram built = build_program(map(graph::fold(test::resnet8()), chip), chip);
  const program::Platform platform = fabric::make(chip)->platform();
  const program::Activity bound = analytic::run(built.program, platform, kImages);
  chip::Chip silicon(platform);
  chip::RunOptions options;
  options.images = kImages;
  const program::Activity run = silicon.run(built.program, options);
  for (int image = 0; image < kImages; ++image) EXPECT_GE(run.image_end_ps[image], bound.image_end_ps[image]);
  int between_chips = 0;
  for (const auto& link : run.links)
    between_chips += link.from >= 0 && link.to >= 0 && link.from / 8 != link.to / 8 && link.flits > 0;
  EXPECT_GE(between_chips, 2);
}

}  // namespace
}  // namespace phasecore::mapping
