// The same arithmetic twice: batched, and carried through the SystemC chip as tokens.
#include "sim/run/functional.hpp"

#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "sim/mapping/channel_parts.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::run {
namespace {

struct Work {
  explicit Work(config::Chip c, graph::Network n = test::toy_network())
      : chip(std::move(c)),
        device(config::load_device("hermes-2")),
        network(std::move(n)),
        data(test::toy_data(network, 40, 3)),
        map(mapping::map(graph::fold(network), chip)),
        built(mapping::build_program(map, chip)),
        platform(fabric::make(chip)->platform()),
        calibration(numerics::calibrate(graph::fold(network), map, chip, data.batch(0, 40))) {}

  void check(int images, analog::Compensation compensation = analog::Compensation::Gdc,
             double time_s = 86400) {
    const numerics::Executor executor(map, chip, device, calibration);
    const numerics::State state =
        functional_state(executor, graph::fold(network), data.batch(0, 40), {7, 0, time_s, compensation});
    check_functional(executor, state, built, platform, data.batch(0, images), chips);
  }

  ChipRunner chips;
  config::Chip chip;
  config::Device device;
  graph::Network network;
  data::Dataset data;
  mapping::Mapping map;
  mapping::BuiltProgram built;
  program::Platform platform;
  numerics::Calibration calibration;
};

TEST(FunctionalChip, EqualsTheExecutorOnResidualPoolAndPartialSums) {
  Work work(test::toy_chip(64));
  int hops = 0, pools = 0, skips = 0;
  for (const auto& stage : work.map.stages) {
    const auto* mvm = stage.as<mapping::MvmWork>();
    ASSERT_NE(mvm, nullptr);
    for (const auto& m : mvm->submatrices) hops += m.chain_position > 0;
    pools += mvm->pool.has_value();
    skips += static_cast<int>(stage.inputs.size()) - 1;
  }
  ASSERT_GE(hops, 3);
  ASSERT_GE(pools, 1);
  ASSERT_GE(skips, 2);
  work.check(4);
}

TEST(FunctionalChip, EqualsTheExecutorWithRangesOfEachLayersOwn) {
  config::Chip chip = test::toy_chip(64);
  chip.adc.bits = 6;
  chip.adc.range = config::AdcRange::Calibrated;
  chip.adc.range_quantile = 0.99;
  Work work(chip);
  work.check(4);
}

TEST(FunctionalChip, EqualsTheExecutorWithLinesThatLoseAndLimit) {
  for (const config::ReadMode mode : {config::ReadMode::OnePhase, config::ReadMode::FourPhase}) {
    config::Chip chip = test::toy_chip(mode == config::ReadMode::OnePhase ? 64 : 12);
    chip.crossbar.read_mode = mode;
    chip.crossbar.wire_ohm = 0.35;
    chip.crossbar.line_limit = true;
    chip.crossbar.polarity_error = 0.03;
    chip.adc.saturation_ua = 15;
    chip.compensation.inputs = config::ReadoutInputs::RandomSigns;
    Work work(chip);
    work.check(2);
  }
}

TEST(FunctionalChip, EqualsTheExecutorWhenColumnsAreCut) {
  Work work(test::toy_chip(12));
  work.check(2);
}

TEST(FunctionalChip, EqualsTheExecutorWithInt8LogitsAndNarrowPartialSums) {
  config::Chip chip = test::toy_chip(64);
  chip.numbers.logits_fp16 = false;
  chip.numbers.partial_sum_bits = 6;
  Work work(chip);
  work.check(3);
}

config::LayerOverride shared_out(int tile_h, int tile_w, int replicas) {
  config::LayerOverride change;
  change.tile_h = tile_h;
  change.tile_w = tile_w;
  change.replicas = replicas;
  return change;
}

TEST(FunctionalChip, EqualsTheExecutorWithTilesAndReplicas) {
  config::Chip chip = test::toy_chip(64);
  chip.layers = {{"*", shared_out(1, 2, 3)},
                 {"block.conv2", shared_out(2, 2, 2)},
                 {"classifier", shared_out(1, 1, 1)},
                 {"depthwise", shared_out(2, 3, 4)}};
  Work work(chip);
  int replicas = 0;
  for (const auto& stage : work.map.stages)
    if (const auto* mvm = mapping::in_crossbars(stage)) replicas += mvm->sharing.replicas - 1;
  ASSERT_GE(replicas, 5);
  work.check(4);
}

// Crossbars of 40 lines: each group of the first layer has one, those of the second have three in a row.
TEST(FunctionalChip, EqualsTheExecutorWithTilesOfGroupedConvolutions) {
  test::NetworkBuilder b("groups", {8, 9, 9});
  const int first = b.op<graph::Relu>("first.relu", {b.conv("first", 0, 12, 1, 1, 2)});
  const int second = b.conv("second", first, 12, 3, 1, 2);
  const int pooled = b.max_pool("pool", second, 3, 3);
  const graph::Network network = b.build(b.conv("last", pooled, 4, 1));
  config::Chip chip = test::toy_chip(40);
  chip.layers = {{"first", shared_out(3, 2, 2)}, {"second", shared_out(1, 3, 3)}};
  Work work(chip, network);
  int tiled = 0, chains = 0;
  for (const auto& stage : work.map.stages) {
    const auto* mvm = mapping::in_crossbars(stage);
    if (mvm == nullptr || mvm->groups == 1) continue;
    tiled += mvm->sharing.copies() > 1 && mvm->per_replica() > 1;
    for (const auto& part : mvm->submatrices) chains += part.chain_position > 0;
  }
  ASSERT_EQ(tiled, 2);
  ASSERT_GT(chains, 0);
  work.check(3);
  work.check(3, analog::Compensation::AdaBs);
}

TEST(FunctionalChip, EqualsTheExecutorWithChannelsOfDigitalLayersOnSeveralCores) {
  test::NetworkBuilder b("parts", {2, 12, 12});
  const int a = b.op<graph::Relu>("a.relu", {b.conv("a", 0, 10, 3)});
  const int sum = b.op<graph::Add>("sum", {a, b.conv("b", a, 10, 3)});
  const int doubled = b.op<graph::Add>("doubled", {sum, a});
  const int pooled = b.max_pool("pool", doubled, 2, 2), again = b.max_pool("again", pooled, 3, 3);
  const graph::Network network = b.build(b.conv("last", again, 4, 1));
  config::Chip chip = test::toy_chip(64);
  const Work whole(chip, network);
  int split = 0;
  for (std::size_t s = 0; s < whole.map.stages.size(); ++s)
    if (mapping::most_channel_parts(whole.map.stages, static_cast<int>(s)) > 1) {
      chip.layers.emplace_back(whole.map.stages[s].name, shared_out(1, 1, ++split + 1));
      chip.layers.back().second.tile_h = chip.layers.back().second.tile_w = std::nullopt;
    }
  ASSERT_GE(split, 2);
  Work work(chip, network);
  EXPECT_GE(work.map.stages.size(), whole.map.stages.size() + 3);
  work.check(3);
}

TEST(FunctionalChip, EqualsTheExecutorForEveryObjective) {
  for (const auto objective :
       {config::Objective::Throughput, config::Objective::Energy, config::Objective::Cores}) {
    config::Chip chip = test::toy_chip(64);
    chip.mapping.objective = objective;
    Work work(chip);
    work.check(3, analog::Compensation::AdaBs);
  }
}

TEST(FunctionalChip, EqualsTheExecutorOneLayerOrCrossbarAtATime) {
  config::Chip chip = test::toy_chip(64);
  for (const auto schedule : {config::Schedule::CrossbarSerial, config::Schedule::LayerSerial}) {
    chip.mapping.schedule = schedule;
    Work(chip).check(3);
  }
  chip.layers = {
      {"*", shared_out(1, 2, 3)}, {"classifier", shared_out(1, 1, 1)}, {"depthwise", shared_out(2, 1, 4)}};
  Work(chip).check(3);
  chip = config::load_chip("hermes", {"mapping.schedule=layer-serial"});
  Work(chip).check(2);
  // Columns of one layer on several cores: the host sends all of them the same rows at once.
  chip.crossbar.columns = 8;
  Work(chip).check(2);
}

TEST(FunctionalChip, EqualsTheExecutorWithReplicasBehindTheHost) {
  config::Chip chip = config::load_chip("hermes");
  chip.layers = {{"stem", shared_out(2, 3, 2)}, {"block.conv2", shared_out(1, 1, 3)}};
  Work(chip).check(3);
}

TEST(FunctionalChip, EqualsTheExecutorWithDigitalLayers) {
  config::Chip chip = test::toy_chip(64);
  config::LayerOverride digital;
  digital.digital = true;
  chip.layers = {{"stem", digital}, {"block.conv2", digital}, {"classifier", digital}};
  Work work(chip);
  work.check(3);
}

TEST(FunctionalChip, EqualsTheExecutorWhenTheHostStandsBetweenTheLayers) {
  Work work(config::load_chip("hermes"));
  int on_host = 0;
  for (const auto& stage : work.map.stages) on_host += stage.as<mapping::MvmWork>() == nullptr;
  ASSERT_GE(on_host, 3);
  work.check(3);
}

TEST(FunctionalChip, EqualsTheExecutorWithPartialSumsOverDedicatedLinks) {
  config::Chip chip = config::load_chip("hermes");
  chip.crossbar.rows = chip.crossbar.columns = 64;
  Work work(chip);
  work.check(3);
}

TEST(FunctionalChip, EqualsTheExecutorOnAStandAlonePoolAtTheEnd) {
  test::NetworkBuilder b("pools", {2, 12, 12});
  const int a = b.op<graph::Relu>("a.relu", {b.conv("a", 0, 10, 3)});
  const int sum = b.op<graph::Add>("sum", {a, b.conv("b", a, 10, 3)});
  const int doubled = b.op<graph::Add>("doubled", {sum, a});
  Work work(test::toy_chip(64), b.build(b.op<graph::GlobalAveragePool>("mean", {doubled})));
  work.check(3);
}

TEST(FunctionalChip, EqualsTheExecutorWithEveryCompensation) {
  Work work(test::toy_chip(64));
  for (const auto compensation :
       {analog::Compensation::None, analog::Compensation::GdcColumn, analog::Compensation::AdaBs})
    work.check(1, compensation, 3600);
}

TEST(FunctionalChip, ComputesWithTheTimeAndCompensationAskedFor) {
  const Work work(test::toy_chip(64));
  const numerics::Executor executor(work.map, work.chip, work.device, work.calibration);
  const graph::Batch images = work.data.batch(0, 2);
  std::vector<std::vector<float>> logits;
  using analog::Compensation;
  for (const FunctionalRequest& request :
       {FunctionalRequest{7, 0, 1, Compensation::Gdc}, FunctionalRequest{7, 0, 86400, Compensation::Gdc},
        FunctionalRequest{7, 0, 86400, Compensation::None},
        FunctionalRequest{7, 0, 86400, Compensation::AdaBs},
        FunctionalRequest{7, 1, 86400, Compensation::AdaBs}})
    logits.push_back(executor.logits(
        functional_state(executor, graph::fold(work.network), work.data.batch(0, 40), request), images, 0));
  for (std::size_t a = 0; a < logits.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(logits[a], logits[b]) << a << " " << b;
}

TEST(FunctionalChip, OneColumnOfAnotherScaleIsFound) {
  Work work(test::toy_chip(64));
  // The chip computes with another column than the executor: what check_functional() exists to notice.
  const numerics::Executor executor(work.map, work.chip, work.device, work.calibration);
  numerics::State state = executor.programmed(7, 0, {86400}, analog::Compensation::Gdc).front();
  const graph::Batch images = work.data.batch(0, 1);
  const std::vector<float> right = executor.logits(state, images, 0);
  state.stages.back().affine.back().scale[5] *= 1.25f;
  FunctionalChip functions(executor, state, work.built, images, 0);
  const auto result = work.chips.run_functional(work.platform, work.built.program, 1, functions);
  EXPECT_NE(functions.logits(result.outputs.at(0)), right);
}

}  // namespace
}  // namespace phasecore::run
