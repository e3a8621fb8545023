// Functions of single values on the chip: behind what came before, or as stages of their own.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/ops/global_max_pool.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "models/graph/ops/prelu.hpp"
#include "sim/analog/core_pass.hpp"
#include "sim/mapping/stages/elementwise.hpp"
#include "sim/numerics/health.hpp"
#include "tests/sim/run/on_chip.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::NetworkBuilder;
using test::OnChip;

/// The FP16 values that a network's last stage delivers for three images, with devices as they are after a
/// day.
std::vector<float> delivered(const graph::Network& network, const config::Chip& chip) {
  graph::Batch images{3, network.input().shape, {}};
  for (long long i = 0; i < 3 * graph::volume(images.shape); ++i)
    images.values.push_back(2 * std::sin(static_cast<float>(i * i % 97)));
  const graph::FoldedNetwork folded = graph::fold(network);
  const mapping::Mapping map = mapping::map(folded, chip);
  const numerics::Executor executor(map, chip, config::load_device("hermes-2"),
                                    numerics::calibrate(folded, map, chip, images));
  const numerics::State state = executor.programmed(7, 0, {86400}, analog::Compensation::Gdc).front();
  return executor.logits(state, images, 0);
}

int classifier(NetworkBuilder& b, int in) {
  return b.gemm("classifier", b.op<graph::Flatten>("flatten", {in}), 10);
}

/// One convolution; `more` adds layers behind it.
template <class More>
graph::Network behind_a_convolution(More more) {
  NetworkBuilder b("one", {2, 6, 6});
  return b.build(more(b, b.conv("conv", 0, 12, 3)));
}

void expect_same_bits(const std::vector<float>& is, const std::vector<float>& wanted) {
  ASSERT_EQ(is.size(), wanted.size());
  for (std::size_t i = 0; i < is.size(); ++i) {
    if (std::isnan(wanted[i]))
      EXPECT_TRUE(std::isnan(is[i])) << i;
    else
      EXPECT_EQ(is[i], wanted[i]) << i;
  }
}

template <class T>
class FunctionOnChip : public testing::Test {};
using Functions =
    testing::Types<graph::Sigmoid, graph::Tanh, graph::Erf, graph::HardSwish, graph::Softplus,
                   graph::Softsign, graph::Mish, graph::Abs, graph::Neg, graph::Exp, graph::Log, graph::Sqrt,
                   graph::Reciprocal, graph::Sin, graph::Cos, graph::Floor, graph::Ceil, graph::Round,
                   graph::Sign, graph::LeakyRelu, graph::Elu, graph::Celu, graph::Selu,
                   graph::ThresholdedRelu, graph::HardSigmoid, graph::Gelu, graph::Swish>;
TYPED_TEST_SUITE(FunctionOnChip, Functions);

TYPED_TEST(FunctionOnChip, IsComputedOfTheSumsAndRoundedOnce) {
  const config::Chip chip = test::toy_chip(64);
  const std::vector<float> sums =
      delivered(behind_a_convolution([](NetworkBuilder&, int conv) { return conv; }), chip);
  const graph::Network network = behind_a_convolution(
      [](NetworkBuilder& b, int conv) { return b.put("function", TypeParam(), {conv}); });
  EXPECT_EQ(mapping::map(graph::fold(network), chip).stages.size(), 1u);
  std::vector<float> wanted;
  for (const float sum : sums) wanted.push_back(analog::round_fp16(TypeParam().of(sum)));
  expect_same_bits(delivered(network, chip), wanted);
}

graph::PRelu prelu(int channels) {
  graph::PRelu op;
  op.slope.shape = {channels, 1, 1};
  for (int c = 0; c < channels; ++c) op.slope.values.push_back(0.1f * static_cast<float>(c) - 0.3f);
  return op;
}

TEST(PReluOnChip, HasASlopePerChannelWhereverItsColumnsAre) {
  config::Chip narrow = test::toy_chip(64);
  narrow.crossbar.columns = 6;
  for (const config::Chip& chip : {test::toy_chip(64), narrow}) {
    const std::vector<float> sums =
        delivered(behind_a_convolution([](NetworkBuilder&, int conv) { return conv; }), chip);
    std::vector<float> wanted;
    const graph::PRelu op = prelu(12);
    for (std::size_t i = 0; i < sums.size(); ++i)
      wanted.push_back(sums[i] < 0 ? analog::round_fp16(op.slope.values[i / 36 % 12] * sums[i]) : sums[i]);
    expect_same_bits(
        delivered(behind_a_convolution([&](NetworkBuilder& b, int conv) { return b.put("f", op, {conv}); }),
                  chip),
        wanted);
  }
}

TEST(PReluOnChip, OfASlopePerPixelIsRefused) {
  graph::PRelu op;
  op.slope = {{1, 6, 6}, std::vector<float>(36, 0.1f)};
  const graph::Network network =
      behind_a_convolution([&](NetworkBuilder& b, int conv) { return b.put("f", op, {conv}); });
  test::expect_first_error(
      [&] { mapping::map(graph::fold(network), test::toy_chip(64)); },
      "error: node 'f' (PRelu): cannot be mapped: its slopes, 1x6x6, are not one per channel or one for all");
}

TEST(FunctionsOnChip, BehindOneAnotherAreOneStepWithTheirClamps) {
  const config::Chip chip = test::toy_chip(64);
  const std::vector<float> sums =
      delivered(behind_a_convolution([](NetworkBuilder&, int conv) { return conv; }), chip);
  const auto network = behind_a_convolution([](NetworkBuilder& b, int conv) {
    const int clipped = b.put("clip", graph::Clip(-1, 1.5f), {conv});
    const int curved = b.put("tanh", graph::Tanh(), {b.put("leaky", graph::LeakyRelu(), {clipped})});
    return b.put("relu", graph::Relu(), {b.put("upper", graph::Clip(-0.5f, 0.75f), {curved})});
  });
  ASSERT_EQ(mapping::map(graph::fold(network), chip).stages.size(), 1u);
  std::vector<float> wanted;
  for (const float sum : sums) {
    const float leaky = analog::round_fp16(graph::LeakyRelu().of(std::clamp(sum, -1.0f, 1.5f)));
    wanted.push_back(std::clamp(analog::round_fp16(std::tanh(leaky)), 0.0f, 0.75f));
  }
  expect_same_bits(delivered(network, chip), wanted);
}

TEST(FunctionsOnChip, WhoseValueOthersReadAreStagesOfTheirOwn) {
  NetworkBuilder b("pre", {2, 6, 6});
  const int conv = b.conv("conv", 0, 8, 3);
  const int active = b.put("gelu", graph::Gelu(), {conv});
  const OnChip on(b.build(classifier(b, b.op<graph::Add>("sum", {b.conv("second", active, 8, 3), conv}))),
                  test::toy_chip(64));
  ASSERT_EQ(on.map.stages.size(), 4u);
  EXPECT_NE(on.stage("gelu").as<mapping::ElementwiseWork>(), nullptr);
  on.expect_equal_values();
}

TEST(FunctionsOnChip, AreTheHostsWhereItStandsBetweenTheLayers) {
  const auto network = behind_a_convolution([](NetworkBuilder& b, int conv) {
    return classifier(b, b.put("clip", graph::Clip(-1, 2), {b.put("gelu", graph::Gelu(), {conv})}));
  });
  const OnChip on(network, config::load_chip("hermes"));
  ASSERT_EQ(on.map.stages.size(), 3u);
  EXPECT_EQ(on.stage("gelu").core, -1);
  EXPECT_EQ(on.stage("gelu").range_name, "clip");
  on.expect_equal_values();
}

/// Cycles and energy that a network's first convolution takes at its digital unit.
std::pair<std::int64_t, std::int64_t> digital_cost(const graph::Network& network, const config::Chip& chip) {
  const mapping::BuiltProgram built = mapping::build_program(mapping::map(graph::fold(network), chip), chip);
  for (const program::Task& task : built.program.tasks)
    if (task.kind == program::TaskKind::Mvm)
      return {task.visits.at(program::kDigital).duration_ps / chip.digital.clock_ps,
              program::firing_energy(task)[static_cast<int>(program::Component::Digital)]};
  throw common::InternalError("no convolution");
}

TEST(FunctionsOnChip, CostWhatTheChipFileSaysOfTheirClass) {
  config::Chip chip = test::toy_chip(64);
  chip.digital.piecewise_values_per_cycle = 4;
  chip.digital.curve_values_per_cycle = 0.5;
  chip.energy.digital_pj_per_piecewise = 3;
  chip.energy.digital_pj_per_curve = 7;
  const auto plain = digital_cost(behind_a_convolution([](NetworkBuilder&, int conv) { return conv; }), chip);
  const auto with = [&](auto function) {
    const auto cost = digital_cost(
        behind_a_convolution([&](NetworkBuilder& b, int conv) { return b.put("f", function, {conv}); }),
        chip);
    return std::pair(cost.first - plain.first, cost.second - plain.second);
  };
  EXPECT_EQ(with(graph::Relu()), std::pair(std::int64_t{0}, std::int64_t{0}));
  EXPECT_EQ(with(graph::HardSwish()), std::pair(std::int64_t{3}, common::aj_from_pj(12 * 3)));
  EXPECT_EQ(with(prelu(12)), std::pair(std::int64_t{3}, common::aj_from_pj(12 * 3)));
  EXPECT_EQ(with(graph::Sigmoid()), std::pair(std::int64_t{24}, common::aj_from_pj(12 * 7)));
}

TEST(FunctionsOnChip, AreRefusedByAChipThatHasNone) {
  config::Chip chip = test::toy_chip(64);
  chip.digital.curve_values_per_cycle = 0;
  const auto network =
      behind_a_convolution([](NetworkBuilder& b, int conv) { return b.put("f", graph::Gelu(), {conv}); });
  test::expect_input_error([&] { mapping::build_program(mapping::map(graph::fold(network), chip), chip); },
                           "error: chip 'hermes-mesh': digital.curve_values_per_cycle is 0, but the network "
                           "needs that unit");
}

TEST(FunctionsOnChip, ThatLeaveFp16AreReported) {
  NetworkBuilder b("loud", {2, 6, 6});
  const int conv = b.conv("conv", 0, 12, 3);
  const int loud = b.put("exp", graph::Exp(), {b.put("exp0", graph::Exp(), {conv})});
  const OnChip on(b.build(classifier(b, loud)), test::toy_chip(64));
  const numerics::Executor executor(on.map, on.chip, config::load_device("hermes-2"), on.calibration);
  numerics::Health health(on.map.stages.size());
  executor.logits(executor.ideal(), on.data.batch(0, 8), 0, &health);
  const auto warnings = numerics::warnings(health, executor);
  ASSERT_FALSE(warnings.empty());
  EXPECT_NE(warnings[0].find("layer 'conv': "), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("lie beyond FP16"), std::string::npos) << warnings[0];
}

/// A block as of MobileNetV3 without squeeze-and-excite, and its head.
graph::Network mobile() {
  NetworkBuilder b("mobile", {2, 12, 12});
  const int stem = b.op<graph::HardSwish>("stem.hs", {b.conv("stem", 0, 8, 3, 2)});
  const int wide = b.op<graph::HardSwish>("expand.hs", {b.conv("expand", stem, 24, 1)});
  const int deep = b.op<graph::HardSwish>("depthwise.hs", {b.conv("depthwise", wide, 24, 3, 1, 24)});
  const int sum = b.op<graph::Add>("sum", {b.conv("project", deep, 8, 1), stem});
  const int last = b.op<graph::HardSwish>("last.hs", {b.conv("last", sum, 16, 1)});
  const int mean = b.op<graph::Flatten>("flatten", {b.op<graph::GlobalAveragePool>("mean", {last})});
  const int head = b.op<graph::HardSwish>("head.hs", {b.gemm("head", mean, 20)});
  return b.build(b.gemm("classifier", head, 10));
}

/// As YOLO's and older ones: leaky and learnt slopes, a pool behind a function, a maximum over all pixels.
graph::Network leaky() {
  NetworkBuilder b("leaky", {2, 12, 12});
  const int stem = b.op<graph::LeakyRelu>("stem.leaky", {b.conv("stem", 0, 12, 3)});
  const int pooled = b.max_pool("pool", stem, 2, 2);
  const int learnt = b.put("second.prelu", prelu(16), {b.conv("second", pooled, 16, 3)});
  const int soft = b.op<graph::Elu>("third.elu", {b.conv("third", learnt, 12, 3)});
  const int most = b.op<graph::GlobalMaxPool>("most", {b.op<graph::Sigmoid>("gate", {soft})});
  return b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {most}), 10));
}

class NetworkOfFunctions : public testing::TestWithParam<graph::Network (*)()> {};

TEST_P(NetworkOfFunctions, IsTheSameInFloatInMonteCarloAndOnTheChip) {
  for (const config::Chip& chip : test::chips_to_try()) {
    const OnChip on(GetParam()(), chip);
    EXPECT_LT(on.error(), 0.1) << "what is left are roundings to INT8";
    on.expect_equal_values();
    on.expect_equal_books();
  }
}

INSTANTIATE_TEST_SUITE_P(OnChip, NetworkOfFunctions, testing::Values(mobile, leaky),
                         [](const auto& made) { return made.param().name; });

TEST(FunctionsOnChip, NeedNoStagesWhereALayerCanTakeThem) {
  const OnChip on(mobile(), test::toy_chip(64));
  EXPECT_EQ(on.map.stages.size(), 7u);
  for (const auto& stage : on.map.stages) EXPECT_NE(stage.as<mapping::MvmWork>(), nullptr) << stage.name;
}

TEST(GlobalMaxPoolOnChip, IsTakenByTheConvolutionBeforeIt) {
  NetworkBuilder b("most", {2, 6, 6});
  const int most =
      b.op<graph::GlobalMaxPool>("most", {b.op<graph::Relu>("relu", {b.conv("conv", 0, 12, 3)})});
  const OnChip on(b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {most}), 10)),
                  test::toy_chip(64));
  ASSERT_EQ(on.map.stages.size(), 2u);
  const auto& pool = on.stage("conv").as<mapping::MvmWork>()->pool;
  ASSERT_TRUE(pool.has_value());
  EXPECT_EQ(pool->kind, mapping::PoolKind::Max);
  EXPECT_EQ(pool->window.kernel_h, 6);
  EXPECT_LT(on.error(), 0.06);
  on.expect_equal_values();
}

}  // namespace
}  // namespace phasecore
