// Networks whose branches meet: concatenations, splits, gates, shuffles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "models/graph/fold.hpp"
#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/concat.hpp"
#include "models/graph/ops/depth_to_space.hpp"
#include "models/graph/ops/pool.hpp"
#include "models/graph/ops/slice.hpp"
#include "models/graph/ops/transpose.hpp"
#include "sim/mapping/stages/move.hpp"
#include "tests/sim/run/on_chip.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::NetworkBuilder;
using test::OnChip;
using testing::ElementsAre;

int concat(NetworkBuilder& b, const std::string& name, const std::vector<int>& inputs) {
  return b.put(name, graph::Concat(0, static_cast<int>(inputs.size())), inputs);
}

int relu(NetworkBuilder& b, const std::string& name, int in) {
  return b.op<graph::Relu>(name + ".relu", {in});
}

/// Channels [begin, begin + count).
int channels(NetworkBuilder& b, const std::string& name, int in, int begin, int count) {
  graph::Slice slice = graph::whole_of(b.shape(in));
  slice.begins[0] = begin;
  slice.counts[0] = count;
  return b.put(name, slice, {in});
}

graph::Network classified(NetworkBuilder& b, int in) {
  const int mean = b.op<graph::GlobalAveragePool>("mean", {in});
  return b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {mean}), 10));
}

/// Every layer reads all before it.
graph::Network dense() {
  NetworkBuilder b("dense", {2, 10, 10});
  int so_far = relu(b, "stem", b.conv("stem", 0, 8, 3));
  for (const char* name : {"a", "b", "c"})
    so_far = concat(b, std::string(name) + ".cat", {so_far, relu(b, name, b.conv(name, so_far, 6, 3))});
  return classified(b, b.conv("transition", so_far, 12, 1));
}

/// A squeezing layer and two that expand it side by side.
graph::Network fire() {
  NetworkBuilder b("fire", {2, 10, 10});
  int at = b.max_pool("pool", relu(b, "stem", b.conv("stem", 0, 8, 3)), 2, 2);
  for (const std::string name : {"fire1", "fire2"}) {
    const int squeeze = relu(b, name + ".squeeze", b.conv(name + ".squeeze", at, 6, 1));
    const int e1 = relu(b, name + ".e1", b.conv(name + ".e1", squeeze, 8, 1));
    const int e3 = relu(b, name + ".e3", b.conv(name + ".e3", squeeze, 8, 3));
    at = concat(b, name + ".cat", {e1, e3});
  }
  return classified(b, at);
}

/// Four branches: convolutions of 1, 3, twice 3 (5 in sight), and a pool.
graph::Network inception() {
  NetworkBuilder b("inception", {2, 10, 10});
  const int stem = relu(b, "stem", b.conv("stem", 0, 8, 3));
  const int one = relu(b, "one", b.conv("one", stem, 6, 1));
  const int three = relu(b, "three", b.conv("three", relu(b, "to3", b.conv("to3", stem, 4, 1)), 8, 3));
  const int first = relu(b, "five1", b.conv("five1", relu(b, "to5", b.conv("to5", stem, 4, 1)), 6, 3));
  const int five = relu(b, "five2", b.conv("five2", first, 6, 3));
  graph::MaxPool pool;
  pool.window = graph::centred_window(3, 1);
  const int pooled = relu(b, "pool.proj", b.conv("pool.proj", b.put("pool", pool, {stem}), 4, 1));
  return classified(b, relu(b, "last", b.conv("last", concat(b, "cat", {one, three, five, pooled}), 16, 3)));
}

/// Channels that are weighed by what a small network sees in their means.
graph::Network squeeze_and_excite() {
  NetworkBuilder b("gated", {2, 10, 10});
  const int stem = relu(b, "stem", b.conv("stem", 0, 12, 3));
  const int wide = relu(b, "depthwise", b.conv("depthwise", stem, 12, 3, 1, 12));
  const int mean = b.op<graph::GlobalAveragePool>("squeeze", {wide});
  const int small = relu(b, "reduce", b.conv("reduce", mean, 4, 1));
  const int gate = b.put("limit", graph::Clip(0, 1), {b.conv("expand", small, 12, 1)});
  const int gated = b.op<graph::Mul>("gate", {wide, gate});
  const int project = b.op<graph::Add>("add", {b.conv("project", gated, 12, 1), stem});
  return classified(b, relu(b, "add", project));
}

/// Half of the channels passes by, then all are shuffled.
graph::Network shuffled() {
  NetworkBuilder b("shuffled", {2, 10, 10});
  int at = relu(b, "stem", b.conv("stem", 0, 12, 3));
  for (const std::string name : {"unit1", "unit2"}) {
    const int left = channels(b, name + ".left", at, 0, 6), right = channels(b, name + ".right", at, 6, 6);
    const int in = relu(b, name + ".in", b.conv(name + ".in", right, 6, 1));
    const int out = relu(b, name + ".out", b.conv(name + ".out", b.conv(name + ".dw", in, 6, 3, 1, 6), 6, 1));
    const int both = concat(b, name + ".cat", {left, out});
    const int pairs = b.put(name + ".pairs", graph::Reshape({2, 6, 10, 10}), {both});
    const int turned = b.put(name + ".turn", graph::Transpose({1, 0, 2, 3}), {pairs});
    at = b.put(name + ".shuffle", graph::Reshape({12, 10, 10}), {turned});
  }
  return classified(b, at);
}

/// Pixels into channels at the beginning, channels into pixels in the middle, an image turned on its side.
graph::Network rearranged() {
  NetworkBuilder b("rearranged", {2, 8, 12});
  graph::SpaceToDepth deep;
  deep.block = 2;
  const int stem = relu(b, "stem", b.conv("stem", b.put("deep", deep, {0}), 12, 3));
  graph::DepthToSpace wide;
  wide.block = 2;
  const int fine = relu(b, "fine", b.conv("fine", b.put("wide", wide, {stem}), 6, 3));
  const int turned = b.put("turn", graph::Transpose({0, 2, 1}), {fine});
  const int after = relu(b, "after", b.conv("after", turned, 8, 3, 2));
  return b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {after}), 10));
}

using MakeNetwork = graph::Network (*)();

class JoinedNetwork : public testing::TestWithParam<MakeNetwork> {};

TEST_P(JoinedNetwork, ComputesWhatTheNetworkComputesInEveryEngine) {
  for (const config::Chip& chip : test::chips_to_try()) {
    SCOPED_TRACE(chip.name);
    const OnChip on(GetParam()(), chip);
    EXPECT_LT(on.error(), 0.05);
    on.expect_equal_values();
    on.expect_equal_books();
  }
}

INSTANTIATE_TEST_SUITE_P(OnChip, JoinedNetwork,
                         testing::Values(dense, fire, inception, squeeze_and_excite, shuffled, rearranged),
                         [](const auto& made) { return made.param().name; });

TEST(ConcatOnChip, IsReadFromWhereItsPartsAreWithoutAStage) {
  const OnChip on(dense(), test::toy_chip(64));
  std::vector<std::string> names;
  for (const auto& stage : on.map.stages) names.push_back(stage.name);
  EXPECT_THAT(names, ElementsAre("stem", "a", "b", "c", "transition", "classifier"));
  const mapping::StageInput& read = on.stage("c").inputs.at(0);
  EXPECT_EQ(read.shape, (graph::Shape{20, 10, 10}));
  std::vector<int> stages, widths;
  for (const auto& part : read.parts) {
    stages.push_back(part.stage);
    widths.push_back(part.end - part.begin);
  }
  EXPECT_THAT(stages, ElementsAre(0, 1, 2));
  EXPECT_THAT(widths, ElementsAre(8, 6, 6));
}

TEST(ConcatOnChip, PartsShareTheLargestOfTheirRanges) {
  graph::Network network = dense();
  network.ranges = {{"stem.relu", 1.0}, {"a.relu", 4.0}, {"b.relu", 2.0}, {"c.relu", 0.5}};
  const OnChip on(network, test::toy_chip(64));
  for (int stage = 0; stage < 4; ++stage) EXPECT_FLOAT_EQ(on.calibration.output_step[stage], 4.0f / 127);
  EXPECT_NE(on.calibration.output_step[4], on.calibration.output_step[3]);
}

TEST(SliceOnChip, AReaderReceivesItsChannelsOnly) {
  const OnChip on(shuffled(), test::toy_chip(64));
  const auto readers = on.tasks("unit1.in");
  ASSERT_EQ(readers.size(), 1u);
  ASSERT_EQ(readers[0]->inputs.size(), 1u);
  const int stream = readers[0]->inputs[0].stream;
  EXPECT_EQ(on.built.program.streams[stream].bytes, 6);
  EXPECT_EQ(on.built.streams[stream].channel_begin, 6);
  EXPECT_EQ(on.built.streams[stream].place, 0);
}

TEST(SliceOnChip, ColumnsThatNobodyReadsAreNamed) {
  NetworkBuilder b("half", {2, 6, 6});
  const int wide = b.conv("wide", 0, 16, 3);
  config::Chip narrow = test::toy_chip(64);
  narrow.crossbar.columns = 8;
  const graph::Network network = b.build(b.conv("next", channels(b, "first", wide, 0, 4), 4, 3));
  const mapping::Mapping map = mapping::map(graph::fold(network), narrow);
  const std::string message = test::input_error([&] { mapping::build_program(map, narrow); });
  EXPECT_NE(message.find("network 'half': nobody reads what core "), std::string::npos) << message;
  EXPECT_NE(message.find("computes of layer 'wide'"), std::string::npos) << message;
}

TEST(MovesOnChip, AShuffleIsOneStageThatCostsItsOutputs) {
  config::Chip chip = test::toy_chip(64);
  chip.energy.digital_pj_per_output = 2;
  const OnChip on(shuffled(), chip);
  const auto* move = on.stage("unit2.shuffle").as<mapping::MoveWork>();
  ASSERT_NE(move, nullptr);
  EXPECT_EQ(on.stage("unit2.shuffle").inputs.size(), 3u)
      << "what passes by both units or one, and what the last one computes";
  const auto tasks = on.tasks("unit2.shuffle");
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0]->firings, 100);
  EXPECT_EQ(program::firing_energy(*tasks[0])[static_cast<int>(program::Component::Digital)],
            common::aj_from_pj(12 * 2));
  const auto cycles = static_cast<int>(std::ceil(12 / chip.digital.outputs_per_cycle));
  EXPECT_EQ(tasks[0]->visits.at(program::kDigital).duration_ps,
            (cycles + chip.digital.pipeline_cycles) * chip.digital.clock_ps);
  EXPECT_EQ(tasks[0]->visits.at(program::kLoad).energy[static_cast<int>(program::Component::Memory)],
            common::aj_from_fj(3 * chip.energy.memory_read_fj_per_byte));
}

TEST(MovesOnChip, CodesStayTheCodesThatTheyAre) {
  const OnChip on(rearranged(), test::toy_chip(64));
  EXPECT_EQ(on.stage("deep").range_name, "image");
  EXPECT_EQ(on.stage("wide").range_name, "stem.relu");
  for (std::size_t s = 0; s < on.map.stages.size(); ++s) {
    if (on.map.stages[s].name != "wide") continue;
    EXPECT_EQ(on.calibration.output_step[s], on.calibration.output_step[s - 1]);
  }
}

TEST(MovesOnChip, AFoldedImageNeedsTwoRowsAndATurnedOneAll) {
  const OnChip on(rearranged(), test::toy_chip(64));
  const mapping::TokenReads deep = test::in_raster(on.stage("deep"), 0),
                            turned = test::in_raster(on.stage("turn"), 0);
  EXPECT_EQ(deep.need.front(), 14) << "of rows of 12";
  EXPECT_EQ(deep.release[5], 24);
  EXPECT_EQ(turned.need.at(7), 7 * 12 + 1);
  EXPECT_EQ(turned.release.front(), 1);
}

TEST(MovesOnChip, AtTheEndOfANetworkTheyAreAStage) {
  NetworkBuilder b("heads", {2, 6, 6});
  const int stem = relu(b, "stem", b.conv("stem", 0, 6, 3));
  const int mean = b.op<graph::Flatten>("flatten", {b.op<graph::GlobalAveragePool>("mean", {stem})});
  const int both = concat(b, "both", {b.gemm("left", mean, 4), b.gemm("right", mean, 6)});
  for (const config::Chip& chip : test::chips_to_try()) {
    const OnChip on(b.build(both), chip);
    EXPECT_EQ(on.map.stages.back().name, "both");
    EXPECT_LT(on.error(), 0.05);
    on.expect_equal_values();
    on.expect_equal_books();
  }
}

TEST(CombinationsOnChip, AGateWaitsForAWholeImage) {
  const OnChip on(squeeze_and_excite(), test::toy_chip(64));
  const auto tasks = on.tasks("gate");
  ASSERT_EQ(tasks.size(), 1u);
  std::set<int> tokens;
  for (const auto& input : tasks[0]->inputs) {
    const program::Stream& stream = on.built.program.streams[input.stream];
    tokens.insert(stream.tokens);
    EXPECT_GE(stream.capacity, stream.tokens);
  }
  EXPECT_EQ(tokens, (std::set<int>{1, 100}));
}

TEST(CombinationsOnChip, AMemoryThatCannotHoldTheImageIsNamed) {
  config::Chip chip = test::toy_chip(64);
  chip.memory.bytes = 1000;
  const std::string message = test::input_error(
      [&] { mapping::build_program(mapping::map(graph::fold(squeeze_and_excite()), chip), chip); });
  EXPECT_NE(message.find("gate"), std::string::npos) << message;
}

TEST(CombinationsOnChip, EveryCombinationIsWhatTheNetworkComputes) {
  NetworkBuilder b("pairs", {2, 6, 6});
  const int a = b.conv("a", 0, 4, 3), one = b.conv("one", 0, 1, 3);
  const int mean = b.op<graph::GlobalAveragePool>("mean", {a});
  int at = b.op<graph::Sub>("sub", {a, one});
  at = b.op<graph::Max>("max", {at, mean});
  at = b.op<graph::Add>("sum", {mean, at});
  const int bounded = b.put("bound", graph::Clip(0.5f, 4), {a});
  at = b.op<graph::Div>("quotient", {b.op<graph::Min>("min", {at, one}), bounded});
  const graph::Network network = b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {at}), 10));
  for (const config::Chip& chip : test::chips_to_try()) {
    const OnChip on(network, chip);
    EXPECT_LT(on.error(), 0.05);
    on.expect_equal_values();
    on.expect_equal_books();
  }
}

TEST(CombinationsOnChip, AVectorThatBroadcastsAcrossARowIsRefused) {
  NetworkBuilder b("across", {2, 6, 6});
  const int a = b.conv("a", 0, 6, 3);
  const int mean = b.op<graph::Flatten>("flatten", {b.op<graph::GlobalAveragePool>("mean", {a})});
  test::expect_first_error(
      [&] {
        mapping::map(graph::fold(b.build(b.op<graph::Mul>("gate", {a, mean}))), test::toy_chip(64));
      },
      "error: node 'gate' (Mul): cannot be mapped: it broadcasts 6 to 6x6x6; only along "
      "channels, rows and columns where they are");
}

}  // namespace
}  // namespace phasecore
