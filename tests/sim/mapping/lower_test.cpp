// What is fused, what is not, what is refused.
#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "models/graph/steps.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/mapping/overrides.hpp"
#include "sim/mapping/stages/elementwise.hpp"
#include "sim/mapping/stages/move.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore::mapping {
namespace {

using test::Draft;

const config::Chip& mesh() {
  static const config::Chip chip = test::one_to_one("hermes-mesh");
  return chip;
}
const config::Chip& hermes() {
  static const config::Chip chip = config::load_chip("hermes");
  return chip;
}

const MvmWork& mvm_of(const Stage& stage) {
  const auto* mvm = stage.as<MvmWork>();
  if (mvm == nullptr) throw common::InternalError("'" + stage.name + "' is no MVM");
  return *mvm;
}

TEST(Lowering, ResNet8BecomesTenStagesWithEverythingFused) {
  const Mapping m = map(graph::fold(test::resnet8()), mesh());
  ASSERT_EQ(m.stages.size(), 10u);
  std::vector<std::array<int, 2>> input_and_skip;
  for (const Stage& s : m.stages) {
    EXPECT_NE(s.as<MvmWork>(), nullptr);
    input_and_skip.push_back({s.inputs.at(0).stage, s.inputs.size() > 1 ? s.inputs[1].stage : -9});
  }
  // Per block: two convolutions and, from the second block on, a projection. Of the last convolution and the
  // projection the later one in the network adds.
  EXPECT_EQ(input_and_skip,
            (std::vector<std::array<int, 2>>{
                {-1, -9}, {0, -9}, {1, 0}, {2, -9}, {3, -9}, {2, 4}, {5, -9}, {6, -9}, {5, 7}, {8, -9}}));
  const Stage& last = m.stages[8];
  const MvmWork& last_mvm = mvm_of(last);
  EXPECT_EQ(last_mvm.activation.kind, ActivationKind::Relu);
  ASSERT_TRUE(last_mvm.pool.has_value());
  EXPECT_EQ(last_mvm.pool->kind, PoolKind::Average);
  EXPECT_EQ(last_mvm.pool->window.kernel_h, 7);
  EXPECT_EQ(last_mvm.plane, (graph::Shape{64, 7, 7}));
  EXPECT_EQ(last.out_shape, (graph::Shape{64, 1, 1}));
  EXPECT_EQ(m.stages[9].inputs[0].shape, (graph::Shape{64, 1, 1}));
  EXPECT_EQ(mvm_of(m.stages[9]).plane, (graph::Shape{10}));
  ASSERT_EQ(m.host_tail.size(), 1u);
  EXPECT_EQ(m.host_tail[0].substr(0, 7), "Softmax");
  EXPECT_EQ(m.input_shape, (graph::Shape{1, 28, 28}));
}

TEST(Lowering, WhereTheHostWorksInBetweenItAddsAndPools) {
  const Mapping m = map(graph::fold(test::resnet8()), hermes());
  int adds = 0, pools = 0;
  for (const Stage& s : m.stages) {
    if (const auto* mvm = s.as<MvmWork>()) {
      EXPECT_EQ(s.inputs.size(), 1u);
      EXPECT_FALSE(mvm->pool.has_value());
      continue;
    }
    EXPECT_EQ(s.core, -1);
    EXPECT_TRUE(submatrices_of(s).empty());
    if (const auto* sum = s.as<ElementwiseWork>()) {
      ++adds;
      EXPECT_EQ(s.op, "Add");
      EXPECT_EQ(s.inputs.size(), 2u);
      EXPECT_EQ(sum->activation.kind, ActivationKind::Relu);
    }
    if (s.op == "GlobalAveragePool") ++pools;
  }
  EXPECT_EQ(adds, 3);
  EXPECT_EQ(pools, 1);
}

TEST(Lowering, AnActivationBeforeTheAddStaysBeforeIt) {
  Draft d({4, 6, 6});
  const int a = d.relu(d.conv(0, 4, 3)), b = d.clip(d.conv(a, 4, 3), -1, 1);
  const Mapping m = map(graph::fold(d.build(d.relu(d.add(b, a)))), mesh());
  ASSERT_EQ(m.stages.size(), 2u);
  const MvmWork& sum = mvm_of(m.stages[1]);
  EXPECT_EQ(sum.first_activation.kind, ActivationKind::Clip);
  EXPECT_EQ(sum.first_activation.high, 1.0f);
  EXPECT_EQ(sum.activation.kind, ActivationKind::Relu);
  EXPECT_EQ(m.stages[1].inputs.at(1).stage, 0);
}

TEST(Lowering, AValueThatOthersReadIsNotChangedAfterwards) {
  Draft d({4, 6, 6});
  const int a = d.conv(0, 4, 3);
  const int b = d.conv(d.relu(a), 4, 3);  // pre-activation block: a is read raw and activated
  const Mapping m = map(graph::fold(d.build(d.add(b, a))), mesh());
  ASSERT_EQ(m.stages.size(), 3u);
  EXPECT_EQ(mvm_of(m.stages[0]).activation.kind, ActivationKind::None);
  ASSERT_NE(m.stages[1].as<ElementwiseWork>(), nullptr);
  EXPECT_EQ(m.stages[1].op, "Relu");
  EXPECT_GE(m.stages[1].core, 0);
  EXPECT_EQ(m.stages[2].inputs.at(0).stage, 1);
  EXPECT_EQ(m.stages[2].inputs.at(1).stage, 0);
}

TEST(Lowering, AnAddOfTheImageOrOfOneValueTwiceIsADigitalStage) {
  Draft d({4, 6, 6});
  const int a = d.relu(0);
  const Mapping m = map(graph::fold(d.build(d.add(a, a))), mesh());
  ASSERT_EQ(m.stages.size(), 2u);
  EXPECT_EQ(m.stages[0].inputs.at(0).stage, kNetworkInput);
  EXPECT_EQ(m.stages[1].op, "Add");
  EXPECT_EQ(m.stages[1].inputs.at(0).stage, 0);
  EXPECT_EQ(m.stages[1].inputs.at(1).stage, 0);
}

TEST(Lowering, APoolThatCannotEmitInOrderIsADigitalStage) {
  Draft d({4, 5, 5});
  // A pad of one below the last row: two windows end at the same pixel.
  const Mapping m = map(graph::fold(d.build(d.max_pool(d.conv(0, 4, 3), 3, 1, 1))), mesh());
  ASSERT_EQ(m.stages.size(), 2u);
  EXPECT_FALSE(mvm_of(m.stages[0]).pool.has_value());
  ASSERT_NE(m.stages[1].as<PoolWork>(), nullptr);
  EXPECT_EQ(m.stages[1].op, "MaxPool");
  EXPECT_EQ(m.stages[1].inputs.at(0).shape, (graph::Shape{4, 5, 5}));
}

TEST(Lowering, AReluAfterAMaximumMovesBeforeItAndAfterAnAverageItDoesNot) {
  Draft d({4, 6, 6});
  const Mapping most = map(graph::fold(d.build(d.relu(d.max_pool(d.conv(0, 4, 3), 2, 2)))), mesh());
  ASSERT_EQ(most.stages.size(), 1u);
  EXPECT_EQ(mvm_of(most.stages[0]).activation.kind, ActivationKind::Relu);
  EXPECT_EQ(most.stages[0].range_name.substr(0, 4), "Relu");
  Draft e({4, 6, 6});
  const Mapping mean = map(graph::fold(e.build(e.relu(e.average_pool(e.conv(0, 4, 3), 2, 2)))), mesh());
  ASSERT_EQ(mean.stages.size(), 2u);
  EXPECT_EQ(mean.stages[1].op, "Relu");
}

TEST(Lowering, AReshapeThatMovesPixelsIsAStage) {
  Draft d({4, 6, 6});
  const int tall = d.reshape(d.conv(0, 4, 3), {4, 12, 3});
  const Mapping m = map(graph::fold(d.build(d.conv(tall, 4, 3))), mesh());
  ASSERT_EQ(m.stages.size(), 3u);
  EXPECT_EQ(m.stages[1].op, "Reshape");
  EXPECT_NE(m.stages[1].as<MoveWork>(), nullptr);
  EXPECT_EQ(m.stages[1].range_name, m.stages[0].range_name);
  EXPECT_EQ(m.stages[2].inputs.at(0).shape, (graph::Shape{4, 12, 3}));
}

TEST(Lowering, WhatIsReshapedTooLateCannotBeAddedBefore) {
  Draft d({4, 6, 6});
  const int early = d.conv(0, 16, 3, 2), wide = d.conv(0, 4, 1);
  const int late = d.reshape(early, {4, 6, 6});
  const graph::Network network = d.build(d.concat({d.add(late, wide), d.conv(late, 4, 3)}));
  EXPECT_NE(test::input_error([&] {
              map(graph::fold(network), mesh());
            }).find("what it adds to 'Conv2' is reshaped after that was computed"),
            std::string::npos);
}

TEST(Lowering, WhatWorksOnSingleValuesReadsThemInAnyShape) {
  Draft d({4, 6, 6});
  const int flat = d.flatten(d.average_pool(d.conv(0, 4, 3), 2, 2));
  const Mapping m = map(graph::fold(d.build(d.add(d.relu(flat), flat))), mesh());
  for (const Stage& stage : m.stages) EXPECT_EQ(stage.as<MoveWork>(), nullptr) << stage.name;
}

TEST(Lowering, FlatteningAnImageFirstMakesItOneVector) {
  Draft d({1, 28, 28});
  const Mapping m = map(graph::fold(d.build(d.gemm(d.relu(d.gemm(d.flatten(0), 32)), 10))), mesh());
  EXPECT_EQ(m.input_shape, (graph::Shape{784}));
  EXPECT_EQ(m.stages[0].inputs[0].shape, (graph::Shape{784}));
  EXPECT_EQ(submatrices_of(m.stages[0]).size(), 4u);
}

TEST(Lowering, RefusesWhatNoUnitOfTheChipCanDoAndNamesIt) {
  Draft f({10});
  graph::Network two = f.build(f.gemm(0, 3), "twins");
  two.outputs = {0, 1};
  test::expect_input_error([&] { map(graph::fold(two), mesh()); },
                           "error: network 'twins' has 2 outputs; the chip delivers exactly one");
  Draft g({10});
  const graph::Network nothing = g.build(g.softmax(0), "idle");
  test::expect_input_error([&] { map(graph::fold(nothing), mesh()); },
                           "error: network 'idle' computes nothing that a chip could do");
}

TEST(Overrides, StarsStandForAnyText) {
  EXPECT_TRUE(matches("block3.*", "block3.conv1"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("*conv*1", "a.conv.b1"));
  EXPECT_TRUE(matches("a*b*c", "aXbXbYc"));
  EXPECT_TRUE(matches("stem", "stem"));
  EXPECT_FALSE(matches("stem", "stem2"));
  EXPECT_FALSE(matches("block3.*", "block31.conv"));
  EXPECT_FALSE(matches("a*b*c", "aXcXb"));
  EXPECT_FALSE(matches("", "x"));
}

graph::Network named_network() {
  Draft d({4, 6, 6});
  const int stem = d.conv(0, 4, 3), a = d.conv(stem, 4, 3), b = d.conv(a, 4, 3);
  d.rename(stem, "stem");
  d.rename(a, "block.a");
  d.rename(b, "block.b");
  return d.build(d.relu(b), "named");
}

TEST(Overrides, TheLastMatchWinsPerKey) {
  config::Chip chip = mesh();
  config::LayerOverride ten, digital, analog;
  ten.adc_bits = 10;
  digital.digital = true;
  analog.digital = false;
  chip.layers = {{"block.*", ten}, {"*", digital}, {"block.b", analog}};
  const Mapping m = map(graph::fold(named_network()), chip);
  EXPECT_TRUE(mvm_of(m.stages[0]).digital);
  EXPECT_TRUE(mvm_of(m.stages[1]).digital);
  EXPECT_TRUE(mvm_of(m.stages[1]).submatrices.empty());
  EXPECT_GE(m.stages[1].core, 0);
  EXPECT_FALSE(mvm_of(m.stages[2]).digital);
  EXPECT_EQ(mvm_of(m.stages[2]).adc_bits, 10);
  EXPECT_EQ(mvm_of(m.stages[2]).submatrices.size(), 1u);
  chip.layers.clear();
  EXPECT_EQ(mvm_of(map(graph::fold(named_network()), chip).stages[0]).adc_bits, chip.adc.bits);
}

TEST(Overrides, APatternThatMatchesNothingIsRefusedWithTheNames) {
  config::Chip chip = mesh();
  chip.layers = {{"blok.a", {}}, {"head*", {}}};
  test::expect_input_error(
      [&] { map(graph::fold(named_network()), chip); },
      "error: chip 'hermes-mesh': layers: 'blok.a' matches no convolution or Gemm of the "
      "network; they are stem, block.a, block.b; did you mean 'block.a'?\n"
      "error: chip 'hermes-mesh': layers: 'head*' matches no convolution or Gemm of the "
      "network; they are stem, block.a, block.b");
}

TEST(Overrides, ADigitalLayerNeedsAUnitThatMultiplies) {
  config::Chip chip = mesh();
  config::LayerOverride digital;
  digital.digital = true;
  chip.layers = {{"stem", digital}};
  chip.digital.macs_per_cycle = 0;
  test::expect_input_error(
      [&] { map(graph::fold(named_network()), chip); },
      "error: chip 'hermes-mesh': layers: 'stem' cannot be digital: digital.macs_per_cycle "
      "is 0");
}

TEST(Lowering, EveryStepIsAStageThatReadsWhatTheStepReads) {
  int stages = 0, joined = 0;
  for (int seed = 1; seed <= 200; ++seed) {
    const graph::FoldedNetwork network = graph::fold(test::random_network(seed, 3 + seed % 12));
    for (const config::Chip* chip : {&mesh(), &hermes()}) {
      config::Chip large = *chip;
      large.grid.columns = large.grid.rows = 32;
      const Mapping m = map(network, large);
      const graph::Steps steps = graph::steps(*network, chip->host.interlayer);
      ASSERT_EQ(m.stages.size(), steps.steps.size());
      for (std::size_t s = 0; s < m.stages.size(); ++s) {
        const graph::Step& step = steps.steps[s];
        EXPECT_EQ(m.stages[s].name, network->layers[step.layers.front()].name);
        EXPECT_EQ(m.stages[s].range_name, network->layers[step.range].name);
        std::vector<int> inputs;
        for (const StageInput& input : m.stages[s].inputs) inputs.push_back(input.stage);
        EXPECT_EQ(inputs, step.inputs);
        EXPECT_EQ(step.logits, s + 1 == m.stages.size());
        joined += static_cast<int>(step.layers.size()) - 1;
        ++stages;
      }
    }
  }
  EXPECT_GT(stages, 1000);
  EXPECT_GT(joined, 500);
}

TEST(Lowering, TheRangeIsThatOfTheLastLayerFusedOrOfItsFlattenedName) {
  Draft d({4, 6, 6});
  const int pool = d.global_average_pool(d.relu(d.batch_norm(d.conv(0, 4, 3))));
  const int flat = d.flatten(pool);
  graph::Network network = d.build(d.gemm(flat, 3));
  EXPECT_EQ(map(graph::fold(network), mesh()).stages[0].range_name, network.layers[pool].name);
  network.ranges[network.layers[flat].name] = 2.0;
  EXPECT_EQ(map(graph::fold(network), mesh()).stages[0].range_name, network.layers[flat].name);
  EXPECT_EQ(map(graph::fold(network), mesh()).stages[0].name, "Conv1");
}

}  // namespace
}  // namespace phasecore::mapping
