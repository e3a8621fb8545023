// Programs do what the network does, with the tokens they say they have.
#include "sim/mapping/build_program.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "sim/mapping/costs.hpp"
#include "sim/program/multicast.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/sim/mapping/token_machine.hpp"

namespace phasecore::mapping {
namespace {

config::Chip small_crossbars(const std::string& name) {
  config::Chip chip = test::one_to_one(name);
  chip.crossbar.rows = 20;
  chip.crossbar.columns = 6;
  chip.grid.columns = chip.grid.rows = 32;
  return chip;
}

graph::Batch image_for(const graph::Network& network) {
  graph::Batch image;
  image.samples = 1;
  image.shape = network.input().shape;
  for (long long i = 0; i < graph::volume(image.shape); ++i)
    image.values.push_back(std::sin(static_cast<float>(3 * i + 1)));
  return image;
}

/// The network's logits as the tokens of its program compute them, against float inference.
void expect_same_logits(const graph::Network& network, const config::Chip& chip, std::uint32_t seed) {
  const Mapping mapping = map(graph::fold(network), chip);
  const BuiltProgram built = build_program(mapping, chip);
  const graph::Batch image = image_for(network);
  const auto ours = test::run_tokens(mapping, built, image.values, seed);
  ASSERT_TRUE(ours.has_value()) << network.name << " deadlocks";
  const int out = network.outputs[0];
  const int logits = mapping.host_tail.empty() ? out : network.layers[out].inputs[0];
  const test::Values expected = graph::infer_all(network, image)[logits].values;
  ASSERT_EQ(ours->size(), expected.size());
  float scale = 1e-3f;
  for (float v : expected) scale = std::max(scale, std::abs(v));
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR((*ours)[i], expected[i], 1e-4f * scale) << network.name << " logit " << i;
}

TEST(BuildProgram, TokensOverTheMeshComputeWhatTheNetworkComputes) {
  const config::Chip chip = small_crossbars("hermes-mesh");
  for (std::uint32_t seed = 1; seed <= 100; ++seed)
    expect_same_logits(test::random_network(seed, 3 + seed % 12), chip, seed);
}

/// The same with random tiles and replicas; how many layers have some.
int expect_same_logits_shared_out(const graph::Network& network, config::Chip chip, std::uint32_t seed) {
  test::share_out_randomly(map(graph::fold(network), chip), seed, chip);
  expect_same_logits(network, chip, seed);
  int shared = 0;
  for (const Stage& stage : map(graph::fold(network), chip).stages)
    if (const MvmWork* mvm = in_crossbars(stage)) shared += mvm->is_shared();
  return shared;
}

/// The networks of seeds 1 to `last`; how many layers are shared out.
template <class NetworkOf>
int shared_out_networks(const std::string& chip_name, std::uint32_t last, NetworkOf network_of) {
  config::Chip chip = small_crossbars(chip_name);
  chip.crossbar.columns = 40;
  int shared = 0;
  for (std::uint32_t seed = 1; seed <= last && !testing::Test::HasFatalFailure(); ++seed)
    shared += expect_same_logits_shared_out(network_of(seed), chip, seed);
  return shared;
}

graph::Network any_network(std::uint32_t seed) {
  return test::random_network(seed, 3 + seed % 12);
}

TEST(BuildProgram, TilesAndReplicasComputeWhatTheNetworkComputes) {
  EXPECT_GT(shared_out_networks("hermes-mesh", 120, any_network), 200);
}

TEST(BuildProgram, TilesAndReplicasOfJoinedBranchesComputeWhatTheNetworkComputes) {
  const auto joined = [](std::uint32_t seed) { return test::random_joined_network(seed, 3 + seed % 10); };
  EXPECT_GT(shared_out_networks("hermes-mesh", 60, joined), 100);
}

TEST(BuildProgram, TilesAndReplicasThroughTheHostComputeWhatTheNetworkComputes) {
  EXPECT_GT(shared_out_networks("hermes", 60, any_network), 100);
}

TEST(BuildProgram, EveryObjectiveComputesWhatTheNetworkComputes) {
  config::Chip chip = small_crossbars("hermes-mesh");
  chip.crossbar.columns = 40;
  for (const auto objective :
       {config::Objective::Throughput, config::Objective::Energy, config::Objective::Cores}) {
    chip.mapping.objective = objective;
    for (std::uint32_t seed = 1; seed <= 20 && !HasFatalFailure(); ++seed)
      expect_same_logits(test::random_network(seed, 3 + seed % 12), chip, seed);
  }
}

TEST(BuildProgram, TokensThroughTheHostComputeWhatTheNetworkComputes) {
  const config::Chip chip = small_crossbars("hermes");
  for (std::uint32_t seed = 1; seed <= 60; ++seed)
    expect_same_logits(test::random_network(seed, 3 + seed % 12), chip, seed);
}

TEST(BuildProgram, DigitalLayersComputeTheSame) {
  for (const char* name : {"hermes-mesh", "hermes"}) {
    config::Chip chip = small_crossbars(name);
    chip.digital.macs_per_cycle = 16;
    config::LayerOverride digital;
    digital.digital = true;
    chip.layers = {{"*", digital}};
    chip.network.buffer_flits = 4096;
    for (std::uint32_t seed = 1; seed <= 20; ++seed)
      expect_same_logits(test::random_network(seed, 3 + seed % 12), chip, seed);
  }
}

TEST(BuildProgram, TokensOfBranchesThatMeetComputeWhatTheNetworkComputes) {
  for (const char* name : {"hermes-mesh", "hermes"})
    for (std::uint32_t seed = 1; seed <= 40; ++seed)
      expect_same_logits(test::random_joined_network(seed, 2 + seed % 5), small_crossbars(name), seed);
}

TEST(BuildProgram, ResNet8OfFullSizeRunsOnTheShippedChips) {
  for (const char* name : {"hermes-mesh", "analog-fabric-48", "hermes"}) {
    const config::Chip chip = test::one_to_one(name);
    expect_same_logits(test::resnet8(), chip, 3);
  }
}

/// Every value a core reads arrives exactly once: channels of its rows from disjoint streams.
void expect_exact_channels(const Mapping& mapping, const BuiltProgram& built) {
  const program::Program& p = built.program;
  for (std::size_t t = 0; t < p.tasks.size(); ++t) {
    const TaskOrigin& o = built.tasks[t];
    if (o.role != TaskRole::Core || o.submatrix < 0) continue;
    const Stage& s = mapping.stages[o.stage];
    const MvmWork& mvm = *in_crossbars(s);
    const SubMatrix& part = mvm.submatrices[o.submatrix];
    const int per_channel = mvm.rows_per_channel(s);
    std::map<int, std::multiset<int>> channels;
    int rows = 0;
    for (const program::Input& in : p.tasks[t].inputs) {
      const StreamOrigin& from = built.streams[in.stream];
      if (from.kind == TokenKind::Rows) rows += from.channel_end - from.channel_begin;
      if (from.kind != TokenKind::Pixel) continue;
      EXPECT_EQ(p.streams[in.stream].bytes, from.channel_end - from.channel_begin);
      for (int c = from.channel_begin; c < from.channel_end; ++c) channels[in.visit].insert(c);
    }
    std::multiset<int> loaded, added;
    for (int c = part.row_begin / per_channel; c * per_channel < part.row_end; ++c) loaded.insert(c);
    if (s.inputs.size() > 1 && mvm.ends_chain(o.submatrix))
      for (int c = part.col_begin; c < part.col_end; ++c) added.insert(c);
    if (rows > 0)
      EXPECT_EQ(rows, part.row_end - part.row_begin);
    else
      EXPECT_EQ(channels[program::kLoad], loaded);
    EXPECT_EQ(channels[program::kDigital], added);
  }
}

TEST(BuildProgram, EveryChannelArrivesExactlyOnceAndEveryMacIsCounted) {
  int programs = 0;
  for (const char* name : {"hermes-mesh", "hermes"}) {
    const config::Chip chip = small_crossbars(name);
    for (std::uint32_t seed = 200; seed < 240; ++seed, ++programs) {
      const Mapping mapping = map(graph::fold(test::random_network(seed, 3 + seed % 12)), chip);
      const BuiltProgram built = build_program(mapping, chip);
      expect_exact_channels(mapping, built);
      long long in_network = 0, in_program = 0;
      for (const Stage& s : mapping.stages) in_network += s.macs;
      for (const program::Task& t : built.program.tasks) in_program += t.macs * t.firings;
      EXPECT_EQ(in_program, in_network);
      ASSERT_EQ(built.tasks.size(), built.program.tasks.size());
      ASSERT_EQ(built.streams.size(), built.program.streams.size());
    }
  }
  EXPECT_EQ(programs, 80);
}

TEST(BuildProgram, LayersAreTheStagesAndShared) {
  const config::Chip chip = test::one_to_one("hermes-mesh");
  const Mapping mapping = map(graph::fold(test::resnet8()), chip);
  const BuiltProgram built = build_program(mapping, chip);
  ASSERT_EQ(built.program.layers.size(), 11u);
  for (std::size_t s = 0; s < 10; ++s) EXPECT_EQ(built.program.layers[s], mapping.stages[s].name);
  EXPECT_EQ(built.program.layers.back(), "shared");
  EXPECT_EQ(built.program.tasks[built.program.source].layer, 10);
  EXPECT_EQ(built.program.tasks[built.program.sink].layer, 10);
}

TEST(BuildProgram, AConvolutionWaitsForTheRowsItsWindowTouches) {
  test::Draft d({2, 6, 8});
  const config::Chip chip = test::one_to_one("hermes-mesh");
  const BuiltProgram built = build_program(map(graph::fold(d.build(d.conv(0, 4, 3))), chip), chip);
  const program::Task& conv = built.program.tasks[1];
  ASSERT_EQ(conv.firings, 48);
  const program::Input& in = conv.inputs.at(0);
  EXPECT_EQ(in.need[0], 8 + 2);     // first window: up to pixel (1, 1)
  EXPECT_EQ(in.need[7], 16);        // end of the first row: its right column is padding
  EXPECT_EQ(in.need[47], 48);       // the last window ends at the last pixel
  EXPECT_EQ(in.release[0], 0);      // pixel 0 is in the second window
  EXPECT_EQ(in.release[7], 0);      // and in the first of the second row
  EXPECT_EQ(in.release[8 + 1], 1);  // from window (1, 2) on, pixel 0 is left behind
  EXPECT_EQ(in.release[47], 48);
}

TEST(BuildProgram, AFusedPoolSendsOneTokenPerPooledPixel) {
  test::Draft d({2, 6, 6});
  const config::Chip chip = test::one_to_one("hermes-mesh");
  const BuiltProgram built =
      build_program(map(graph::fold(d.build(d.max_pool(d.conv(0, 4, 3), 2, 2))), chip), chip);
  const program::Output& out = built.program.tasks[1].outputs.at(0);
  EXPECT_EQ(built.program.streams[out.stream].tokens, 9);
  for (int i = 0; i < 36; ++i) EXPECT_EQ(out.emits[i], i / 6 % 2 == 1 && i % 2 == 1);
}

TEST(BuildProgram, ReadersOfTheSamePixelsGetThemInOnePacketWhereLayersAreSharedOut) {
  const config::Chip fast = config::load_chip("hermes-mesh"), plain = test::one_to_one("hermes-mesh");
  const auto network = graph::fold(test::resnet8());
  EXPECT_TRUE(build_program(map(network, plain), plain).program.multicasts.empty());
  const BuiltProgram built = build_program(map(network, fast), fast);
  const program::Program& p = built.program;
  ASSERT_FALSE(p.multicasts.empty());
  const program::Multicasts trees(p, fabric::make(fast)->platform());
  int carried = 0;
  for (const program::Multicast& multicast : p.multicasts)
    for (const int s : multicast.streams) {
      EXPECT_EQ(built.streams[s].blocks, built.streams[multicast.streams.front()].blocks);
      if (trees.shared(s) == 0) continue;
      ++carried;
      // The links that they share are paid for once.
      program::Stream alone = p.streams[s];
      set_stream_costs(alone, p.tasks[alone.from].core, p.tasks[alone.to].core,
                       fabric::make(fast)->platform(), fast);
      EXPECT_LT(p.streams[s].token_energy_network, alone.token_energy_network);
    }
  EXPECT_GT(carried, 0);
}

TEST(BuildProgram, SameMappingSameBytes) {
  const config::Chip chip = test::one_to_one("hermes-mesh");
  const Mapping mapping = map(graph::fold(test::resnet8()), chip);
  const BuiltProgram a = build_program(mapping, chip), b = build_program(mapping, chip);
  ASSERT_EQ(a.program.streams.size(), b.program.streams.size());
  for (std::size_t s = 0; s < a.program.streams.size(); ++s)
    EXPECT_EQ(a.program.streams[s].capacity, b.program.streams[s].capacity);
}

}  // namespace
}  // namespace phasecore::mapping
