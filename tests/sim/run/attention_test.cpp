// Encoders on the chip: what attention computes and takes there, in every engine, and what is refused.
#include "models/graph/ops/attention.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/graph/fold.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/zoo/definitions/zoo.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/stages/attention.hpp"
#include "sim/mapping/stages/mvm.hpp"
#include "sim/mapping/stages/norm.hpp"
#include "sim/mapping/stages/offset.hpp"
#include "sim/monte_carlo/evaluate.hpp"
#include "sim/numerics/adabs.hpp"
#include "sim/run/chip_runner.hpp"
#include "tests/sim/numerics/encoders.hpp"
#include "tests/sim/run/on_chip.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using graph::Attention;

constexpr int kTokens = 6, kWidth = 8;  // EncoderSize

using test::norms_behind, test::norms_first, test::random_tensor;

/// What an operator of attention becomes.
graph::Network with(Attention op) {
  test::Encoder e({kTokens, kWidth}, {});
  return e.b.build(e.b.gemm("classifier", e.class_token(e.attention(0, std::move(op))), 10));
}

TEST(Attention, IsOneStageBetweenCrossbars) {
  const test::OnChip on(norms_behind(), config::load_chip("hermes-mesh"));
  std::vector<std::string> names;
  for (const mapping::Stage& stage : on.map.stages) names.push_back(stage.name);
  EXPECT_EQ(names, (std::vector<std::string>{"tokens", "embed", "qkv", "attention", "projection", "norm1",
                                             "hidden", "out", "norm2", "token.values", "classifier"}));
  EXPECT_EQ(on.map.cores_used, 11);
  EXPECT_TRUE(on.map.takes_steps);
  EXPECT_NE(on.stage("embed").as<mapping::OffsetWork>(), nullptr);
  EXPECT_NE(on.stage("norm1").as<mapping::NormWork>(), nullptr);
  EXPECT_EQ(on.stage("projection").inputs.size(), 2u);  // the sum is the projection's
  EXPECT_EQ(on.stage("hidden").as<mapping::MvmWork>()->activation.functions.size(), 1u);
}

TEST(Attention, ComputesTheSameBytesInEveryEngine) {
  for (const config::Chip& chip : test::chips_to_try()) {
    test::OnChip(norms_behind(), chip).expect_equal_values();
    test::OnChip(norms_first(), chip).expect_equal_values();
  }
}

TEST(Attention, ClosesItsBooksInEveryEngine) {
  for (const config::Chip& chip : test::chips_to_try()) {
    test::OnChip(norms_behind(), chip).expect_equal_books();
    test::OnChip(norms_first(), chip).expect_equal_books();
  }
}

/// Four chips of four cores, so that queries, keys and values cross from one to another.
TEST(Attention, RunsOnSeveralChips) {
  config::Chip chip = config::load_chip(
      "hermes-mesh", {"mapping.objective=one-to-one",
                      "chips={count: 4, row: 1, link_clock_ps: 1000, link_bytes_per_cycle: 1, "
                      "link_latency_cycles: 20, link_pj_per_byte: 8}"});
  chip.grid = {2, 2};
  chip.host.column = chip.host.row = 0;
  for (const graph::Network& network : {norms_behind(), norms_first()}) {
    const test::OnChip on(network, chip);
    EXPECT_GT(on.map.cores_used, 8) << "three chips";
    on.expect_equal_values();
    on.expect_equal_books();
  }
}

TEST(Attention, LosesAsMuchForAnyNumberOfWorkers) {
  const test::OnChip on(norms_behind(), test::toy_chip(64), 40);
  monte_carlo::Request request;
  request.instances = 3;
  request.layer_instances = 2;
  request.layer_samples = 20;
  const auto figures = [&](int workers) {
    request.workers = workers;
    const monte_carlo::Result r =
        monte_carlo::evaluate(graph::fold(on.network), on.map, on.chip, config::load_device("hermes-2"),
                              on.calibration, on.data, on.data.batch(0, 16), request);
    std::vector<double> all{r.float_accuracy, r.quantized_accuracy};
    for (const monte_carlo::Point& p : r.points)
      all.insert(all.end(), {p.accuracy.mean, p.accuracy.low, p.accuracy.high, p.std});
    for (const monte_carlo::LayerDegradation& l : r.layers)
      all.insert(all.end(), {l.alone_pp.mean, l.recovered_pp.mean, l.output_snr_db.value_or(-1)});
    return all;
  };
  const std::vector<double> one = figures(1);
  EXPECT_GT(one.size(), 20u);
  EXPECT_EQ(figures(3), one);
}

TEST(Attention, IsAsGoodAsItsCodes) {
  for (const char* name : {"hermes", "hermes-mesh"}) {
    EXPECT_LT(test::OnChip(norms_behind(), config::load_chip(name)).error(), 0.05) << name;
    EXPECT_LT(test::OnChip(norms_first(), config::load_chip(name)).error(), 0.05) << name;
  }
}

TEST(Attention, LosesWithCoarserWeights) {
  const auto error = [](int bits) {
    config::Chip chip = config::load_chip("hermes-mesh");
    chip.attention->weight_bits = bits;
    return test::OnChip(norms_behind(), chip).error();
  };
  EXPECT_GT(error(2), 1.5 * error(8));
}

TEST(Attention, WaitsForAllKeysAndValuesButOneQuery) {
  const test::OnChip on(norms_behind(), config::load_chip("hermes-mesh"));
  const mapping::Stage& stage = on.stage("attention");
  const std::vector<std::int32_t> all(kTokens + 1, kTokens + 1);
  for (const int input : {1, 2}) {
    const mapping::TokenReads reads = test::in_raster(stage, input);
    EXPECT_EQ(reads.need, all);
    EXPECT_EQ(reads.release.front(), 0);
    EXPECT_EQ(reads.release.back(), kTokens + 1);
  }
  EXPECT_EQ(test::in_raster(stage, 0).need, (std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7}));
}

// 7 keys, 2 heads of 4: 7 x 8 multiply-adds with keys and as many with values.
TEST(Attention, TakesWhatItsProductsAndItsSoftmaxTake) {
  config::Chip chip = config::load_chip("hermes-mesh");
  chip.attention->macs_per_cycle = 8;
  chip.attention->fj_per_mac = 100;
  chip.digital.curve_values_per_cycle = 2;
  chip.digital.normalised_values_per_cycle = 7;
  chip.energy.digital_pj_per_curve = 10;
  chip.energy.digital_pj_per_normalised = 20;
  chip.energy.digital_pj_per_output = 0;
  const test::OnChip on(norms_behind(), chip);
  const program::Task& task = *on.tasks("attention").front();
  EXPECT_EQ(task.macs, 2 * 7 * 8);
  EXPECT_EQ(on.stage("attention").macs, 7 * task.macs);
  const program::Visit& digital = task.visits.at(program::kDigital);
  EXPECT_EQ(digital.duration_ps, (2 * 7 + 14 / 2 + 14 / 7 + 8 + 14) * 2500);
  // Reading the keys and values is the memory's.
  EXPECT_EQ(digital.energy[static_cast<int>(program::Component::Digital)],
            common::aj_from_pj(112 * 0.1 + 14 * 10 + 14 * 20));
}

/// A query, keys and values that are numbers of the image itself.
TEST(Attention, TakesAsLongInTheChipAsOnPaperWhereNothingContends) {
  const test::OnChip on(norms_behind(), config::load_chip("hermes"));
  run::ChipRunner chips;
  EXPECT_EQ(chips.run(on.platform, on.built.program, 1).image_end_ps,
            analytic::run(on.built.program, on.platform, 1).image_end_ps);
}

// What is added comes as pixels of an image of 3 x 3, and is read as tokens of one row, two at a time.
TEST(Attention, AddsAnImagesPixelsToTilesOfTokens) {
  config::Chip chip = config::load_chip("hermes-mesh", {"mapping.objective=one-to-one"});
  config::LayerOverride tiles;
  tiles.tile_w = 2;
  tiles.replicas = 2;
  chip.layers.emplace_back("projection", tiles);
  const test::OnChip on(norms_first(), chip);
  EXPECT_EQ(on.stage("projection").as<mapping::MvmWork>()->sharing.tile_w, 2);
  const mapping::StageInput& added = on.stage("projection").inputs.at(1);
  EXPECT_EQ(on.map.stages.at(added.stage).out_shape, (graph::Shape{kWidth, 3, 3}));
  on.expect_equal_values();
}

// Queries, keys and values of two heads take 144 bytes, those of one 72.
TEST(Attention, IsCutByHeadsWhereACoresMemoryHoldsNotAllOfThem) {
  config::Chip chip = config::load_chip("hermes-mesh");
  chip.memory.bytes = 3 * kWidth * kTokens - 1;
  const test::OnChip on(with({}), chip);
  EXPECT_EQ(on.map.cores_used, 6);
  const mapping::Stage& first = on.stage("attention");
  EXPECT_EQ(first.parts, 2);
  EXPECT_EQ(first.out_shape, (graph::Shape{kWidth / 2, kTokens}));
  EXPECT_EQ(first.macs, 6 * 6 * 8);
  on.expect_equal_values();
  on.expect_equal_books();
  // What a map says is read as it is.
  config::Chip by_hand = chip;
  by_hand.memory.bytes = 65536;
  config::LayerOverride cut;
  cut.replicas = 2;
  by_hand.layers.emplace_back("attention", cut);
  EXPECT_EQ(test::OnChip(with({}), by_hand).stage("attention").parts, 2);
}

TEST(Attention, IsCutByHeadsForThroughput) {
  config::Chip chip = config::load_chip("hermes-mesh", {"mapping.objective=throughput"});
  chip.network.flit_bytes = 2;
  const test::OnChip on(norms_behind(), chip);
  EXPECT_EQ(on.stage("attention").parts, 2);
  on.expect_equal_values();
  on.expect_equal_books();
}

TEST(Attention, RefusesAMemoryThatCannotHoldAHead) {
  config::Chip chip = config::load_chip("hermes-mesh");
  chip.memory.bytes = 3 * kWidth / 2 * kTokens - 1;
  const std::string error = test::input_error([&] { test::OnChip(with({}), chip); });
  EXPECT_NE(error.find("needs larger input buffers"), std::string::npos) << error;
  EXPECT_NE(error.find("attention 1/2"), std::string::npos) << error;
}

// 7 tokens of 8 constants of a byte each, beside what arrives.
TEST(Attention, RefusesAMemoryThatCannotHoldTheConstantsOfItsPlaces) {
  config::Chip chip = config::load_chip("hermes-mesh");
  chip.memory.bytes = kWidth * (kTokens + 1);
  const std::string error = test::input_error([&] { test::OnChip(norms_behind(), chip); });
  EXPECT_NE(error.find("\nembed "), std::string::npos) << error;
}

TEST(Attention, RefusesByNameWhatAnEncoderHasNot) {
  const auto refusal = [](const Attention& op) {
    return test::input_error([&] { mapping::map(graph::fold(with(op)), config::load_chip("hermes-mesh")); });
  };
  const auto says = [&](const Attention& op, const std::string& why) {
    EXPECT_NE(refusal(op).find("cannot be mapped: " + why), std::string::npos) << refusal(op);
  };
  Attention op;
  op.causal = true;
  says(op, "it is causal (is_causal)");
  op = {};
  op.cap = 3;
  says(op, "it has a softcap");
  op = {};
  op.mask = {{kTokens, kTokens}, std::vector<float>(kTokens * kTokens, 0.0f)};
  says(op, "it has a mask (attn_mask)");
}

TEST(Attention, RefusesConstantsWithoutACode) {
  const auto network = [](graph::Tensor constant) {
    test::Encoder e({kTokens, 5}, {});
    const int x = e.b.gemm("tokens", 0, kWidth);
    const int places = e.b.put("places", graph::Constant(std::move(constant)), {});
    return e.b.build(e.b.gemm("classifier", e.class_token(e.sum("sum", x, places)), 10));
  };
  const auto mapped = [&](graph::Tensor constant) {
    return mapping::map(graph::fold(network(std::move(constant))), config::load_chip("hermes-mesh"));
  };
  graph::Tensor constant = random_tensor({1, kWidth}, 1, 0);  // the same for every token
  EXPECT_EQ(mapped(constant).stages.size(), 4u);
  constant.values[3] = -std::numeric_limits<float>::infinity();
  EXPECT_NE(test::input_error([&] { mapped(constant); }).find("a constant that is not finite"),
            std::string::npos);
}

TEST(Attention, RefusesChipsWithoutAUnitForIt) {
  config::Chip chip = config::load_chip("hermes-mesh");
  chip.attention.reset();
  EXPECT_NE(test::input_error([&] {
              test::OnChip(norms_behind(), chip);
            }).find("chip 'hermes-mesh' has no unit for attention"),
            std::string::npos);
}

// KWT-1 with fewer tokens on one chip, whose mapping compiler packs it; ViT-Lite-6/4 for small images.
TEST(Attention, TransformersOfTheZooComputeTheSameBytesInEveryEngine) {
  const test::OnChip keywords(zoo::find("kwt-1")->build_for({20, 40}, 12), config::load_chip("hermes-mesh"));
  EXPECT_EQ(keywords.map.cores_used, 64);
  keywords.expect_equal_values();
  keywords.expect_equal_books();
  const test::OnChip images(zoo::find("vit-lite-6-4")->build_for({3, 16, 16}, 10),
                            config::load_chip("hermes-mesh", {"grid.rows=14", "grid.columns=14"}));
  images.expect_equal_values();
  images.expect_equal_books();
}

// Both measure what projections deliver, token by token.
TEST(Attention, IsCalibratedForAdaBs) {
  const test::OnChip on(norms_behind(), config::load_chip("hermes-mesh"));
  const numerics::Executor executor(on.map, on.chip, test::perfect_device(), on.calibration);
  const graph::FoldedNetwork folded = graph::fold(on.network);
  numerics::State state = executor.ideal();
  const std::vector<float> before = executor.logits(state, on.data.batch(0, 4), 0);
  executor.recalibrate(state, folded, on.data.batch(0, 16));
  const std::vector<float> after = executor.logits(state, on.data.batch(0, 4), 0);
  double moved = 0, size = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    moved += std::pow(after[i] - before[i], 2.0);
    size += std::pow(before[i], 2.0);
  }
  EXPECT_GT(moved, 0);
  EXPECT_LT(std::sqrt(moved / size), 0.2);  // what was right stays about right
}

}  // namespace
}  // namespace phasecore
