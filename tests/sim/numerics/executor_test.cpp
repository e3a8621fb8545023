#include "sim/numerics/executor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/input.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::numerics {
namespace {

struct Toy {
  explicit Toy(config::Chip c, const config::Device& d = config::load_device("hermes-2"),
               graph::Network n = test::toy_network())
      : network(std::move(n)),
        chip(std::move(c)),
        data(test::toy_data(network, 70, 3)),
        images(data.batch(0, data.size())),
        map(mapping::map(graph::fold(network), chip)),
        executor(map, chip, d, calibrate(graph::fold(network), map, chip, images)) {}

  graph::Network network;
  config::Chip chip;
  data::Dataset data;
  graph::Batch images;
  mapping::Mapping map;
  Executor executor;
};

/// Root of the mean squared difference relative to that of `wanted`.
double relative_error(const std::vector<float>& is, const std::vector<float>& wanted) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    difference += (is[i] - wanted[i]) * static_cast<double>(is[i] - wanted[i]);
    size += wanted[i] * static_cast<double>(wanted[i]);
  }
  return std::sqrt(difference / size);
}

std::vector<float> float_logits(const Toy& toy) {
  return graph::infer(toy.network, toy.images).front().values;
}

/// Ranges that hold every value of the images, so that rounding is all that INT8 does.
graph::Network with_wide_ranges(graph::Network network) {
  const graph::Batch images = test::toy_data(network, 70, 3).batch(0, 70);
  const auto values = graph::infer_all(network, images);
  for (std::size_t i = 0; i < values.size(); ++i)
    for (float v : values[i].values) {
      double& range = network.ranges[network.layers[i].name];
      range = std::max(range, static_cast<double>(std::fabs(v)));
    }
  return network;
}

// Six INT8 roundings on the way, each with an error of step / sqrt(12), step = range / 127, and values of
// about an eighth of the range (root mean square): 1.8 % each, which add up as squares to 4.5 %. A wrong
// scale, order or offset anywhere gives tens of percent.
TEST(Executor, IdealChipApproachesFloatInference) {
  config::Chip chip = test::toy_chip(256);
  test::idealise(chip);
  const Toy toy(chip, test::perfect_device(), with_wide_ranges(test::toy_network()));
  const double error =
      relative_error(toy.executor.logits(toy.executor.ideal(), toy.images, 0), float_logits(toy));
  EXPECT_LT(error, 0.045);
  EXPECT_GT(error, 1e-4);  // INT8 it is
}

TEST(Executor, PerfectDevicesAreIdeal) {
  config::Chip chip = test::toy_chip(64);
  chip.adc.output_noise = 0;
  const Toy toy(chip, test::perfect_device());
  const auto ideal = toy.executor.logits(toy.executor.ideal(), toy.images, 0);
  const auto states = toy.executor.programmed(5, 2, {0, 1e6}, analog::Compensation::GdcColumn);
  for (const State& state : states) EXPECT_EQ(toy.executor.logits(state, toy.images, 0), ideal);
}

TEST(Executor, LogitsDoNotDependOnTheBatch) {
  const Toy toy(test::toy_chip(64));
  const State state = toy.executor.programmed(5, 2, {3600}, analog::Compensation::Gdc).front();
  const auto all = toy.executor.logits(state, toy.images, 100);
  for (const int batch : {1, 64}) {
    std::vector<float> parts;
    for (int begin = 0; begin < toy.data.size(); begin += batch) {
      const auto part = toy.executor.logits(
          state, toy.data.batch(begin, std::min(begin + batch, toy.data.size())), 100 + begin);
      parts.insert(parts.end(), part.begin(), part.end());
    }
    EXPECT_EQ(parts, all) << "batch " << batch;
  }
  EXPECT_NE(toy.executor.logits(state, toy.images, 101), all) << "output noise has the image in its address";
}

TEST(Executor, StagesOneByOneGiveTheSameCodesForAnyBatch) {
  const Toy toy(test::toy_chip(64));
  const State state = toy.executor.programmed(5, 2, {3600}, analog::Compensation::Gdc).front();
  const auto input = toy.executor.encode(toy.images);
  const std::size_t volume = input.size() / toy.data.size();
  const auto all = toy.executor.run_stage(0, state, {toy.data.size(), 0, {input.data()}});
  for (int i : {0, 1, 33, 69}) {
    const auto one = toy.executor.run_stage(0, state, {1, i, {input.data() + i * volume}});
    EXPECT_TRUE(
        std::equal(one.begin(), one.end(), all.begin() + static_cast<std::ptrdiff_t>(i * one.size())));
  }
}

// The devices are the same; what differs is that sums are cut into hops that are rounded to INT8 and
// converted separately. With fine converters the rounding of partial sums is left: 127 levels, at most 6
// hops.
TEST(Executor, ResultsDoNotDependOnTheTiling) {
  config::Chip large = test::toy_chip(256), small = test::toy_chip(40);
  for (config::Chip* chip : {&large, &small}) {
    test::idealise(*chip);
    chip->numbers.weight_scaling = config::WeightScaling::Column;
    // Equal ranges of sub-matrices, so that programming noise is equal in weight units.
    chip->numbers.conductance_levels = 8000;
  }
  const Toy a(large, test::perfect_device()), b(small, test::perfect_device());
  std::size_t cores_a = 0, cores_b = 0;
  for (const auto& stage : a.map.stages) cores_a += mapping::submatrices_of(stage).size();
  for (const auto& stage : b.map.stages) cores_b += mapping::submatrices_of(stage).size();
  ASSERT_GE(cores_b, 2 * cores_a);
  const auto la = a.executor.logits(a.executor.ideal(), a.images, 0);
  const auto lb = b.executor.logits(b.executor.ideal(), b.images, 0);
  EXPECT_LT(relative_error(lb, la), 0.03);
}

/// conv -> conv -> classifier. The first layer's even filters are zero in rows [zero_from, all), and all of
/// it is multiplied by `size`, the second layer by 1 / size: the same function for any size.
graph::Network pruned_network(int zero_from, float size) {
  test::NetworkBuilder b("pruned", {4, 8, 8});
  const int first = b.conv("first", 0, 8, 3), second_input = b.op<graph::Relu>("relu", {first});
  const int second = b.conv("second", second_input, 8, 3, 2);
  graph::Network network = b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {second}), 10));
  auto& filters = *network.layers[first].edit<graph::Conv>();
  std::vector<float>& w = filters.weights.values;
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = i / 36 % 2 == 0 && static_cast<int>(i % 36) >= zero_from ? 0.0f : w[i] * size;
  for (float& v : filters.bias.values) v *= size;
  for (float& v : network.layers[second].edit<graph::Conv>()->weights.values) v /= size;
  return network;
}

// What a column of zero weights adds is the noise of its devices: it has the size of the layer, whatever
// that is. A size of a power of two leaves every rounding what it was.
TEST(Executor, NoiseOfZeroColumnsHasTheSizeOfTheirLayer) {
  for (const auto scaling : {config::WeightScaling::SubMatrix, config::WeightScaling::Column})
    for (const auto& [side, zero_from] : std::vector<std::pair<int, int>>{{64, 0}, {18, 18}}) {
      config::Chip chip = test::toy_chip(64);
      chip.crossbar.rows = side;
      chip.numbers.weight_scaling = scaling;
      const Toy one(chip, config::load_device("hermes-2"), pruned_network(zero_from, 1));
      const Toy small(chip, config::load_device("hermes-2"), pruned_network(zero_from, 1.0f / 128));
      ASSERT_EQ(mapping::submatrices_of(one.map.stages[0]).size(), side == 64 ? 1u : 3u);
      for (const auto c : {analog::Compensation::None, analog::Compensation::Gdc,
                           analog::Compensation::GdcColumn, analog::Compensation::AdaBs}) {
        const auto logits = [&](const Toy& toy) {
          State state = toy.executor.programmed(5, 0, {3600}, c).front();
          if (c == analog::Compensation::AdaBs)
            toy.executor.recalibrate(state, graph::fold(toy.network), toy.images);
          return toy.executor.logits(state, toy.images, 0);
        };
        EXPECT_EQ(logits(small), logits(one)) << analog::name_of(c) << ", crossbars of " << side << " rows";
      }
    }
}

TEST(Executor, ALayerOfZerosAddsNoNoise) {
  graph::Network network = pruned_network(0, 1);
  for (float& v : network.layers[network.find("second")].edit<graph::Conv>()->weights.values) v = 0;
  for (const bool digital : {false, true}) {
    config::Chip chip = test::toy_chip(64);
    if (digital) {
      config::LayerOverride change;
      change.digital = true;
      chip.layers.emplace_back("second", change);
    }
    const Toy toy(chip, config::load_device("hermes-2"), network);
    const State state = toy.executor.programmed(5, 0, {3600}, analog::Compensation::Gdc).front();
    const int second = toy.map.stages[1].name == "second" ? 1 : 2;
    std::vector<std::int8_t> input = toy.executor.encode(toy.images);
    input = toy.executor.run_stage(0, state, {toy.data.size(), 0, {input.data()}});
    const auto noisy = toy.executor.run_stage(second, state, {toy.data.size(), 0, {input.data()}});
    const auto ideal =
        toy.executor.run_stage(second, toy.executor.ideal(), {toy.data.size(), 0, {input.data()}});
    EXPECT_EQ(noisy, ideal) << (digital ? "digital" : "analog");
    EXPECT_NE(*std::max_element(ideal.begin(), ideal.end()), 0) << "its bias";
  }
}

// Every device drifts alike: compensation can restore all but what its readout's rounding loses.
TEST(Executor, UniformDriftIsCompensated) {
  config::Device device = test::perfect_device();
  device.drift_mean = {{1e9, 0, {0.06}, 0, 1}};
  config::Chip chip = test::toy_chip(256);
  chip.adc.output_noise = 0;
  const Toy toy(chip, device);
  const auto ideal = toy.executor.logits(toy.executor.ideal(), toy.images, 0);
  const auto error = [&](analog::Compensation c, double time) {
    return relative_error(
        toy.executor.logits(toy.executor.programmed(1, 0, {time}, c).front(), toy.images, 0), ideal);
  };
  EXPECT_GT(error(analog::Compensation::None, 2592000), 0.5);  // (2592300 / 300)^-0.06 = 0.58 in every layer
  EXPECT_LT(error(analog::Compensation::Gdc, 2592000), 0.1);
  EXPECT_LT(error(analog::Compensation::GdcColumn, 2592000), 0.1);
}

TEST(Executor, OneTimeOfSeveralIsTheTimeAlone) {
  const Toy toy(test::toy_chip(64));
  const auto several = toy.executor.programmed(1, 4, {1, 3600, 86400}, analog::Compensation::Gdc);
  const auto alone = toy.executor.programmed(1, 4, {86400}, analog::Compensation::Gdc);
  ASSERT_EQ(several.size(), 3u);
  for (std::size_t s = 0; s < alone[0].stages.size(); ++s)
    for (std::size_t m = 0; m < alone[0].stages[s].conductances.size(); ++m) {
      EXPECT_TRUE(several[2].stages[s].conductances[m] == alone[0].stages[s].conductances[m]);
      EXPECT_EQ(several[2].stages[s].affine[m].scale, alone[0].stages[s].affine[m].scale);
    }
}

TEST(Executor, TimesOfOneInstanceTogetherGiveWhatEachGivesAlone) {
  const Toy toy(test::toy_chip(64));
  const auto states = toy.executor.programmed(1, 4, {1, 3600, 86400}, analog::Compensation::Gdc);
  const auto together = toy.executor.logits(states, toy.images, 100);
  ASSERT_EQ(together.size(), states.size());
  for (std::size_t t = 0; t < states.size(); ++t)
    EXPECT_EQ(together[t], toy.executor.logits(states[t], toy.images, 100)) << t;
  EXPECT_NE(together[0], together[1]);
  const auto other = toy.executor.programmed(1, 5, {1}, analog::Compensation::Gdc);
  EXPECT_THROW((void)toy.executor.logits({states[0], other[0]}, toy.images, 0), common::InternalError)
      << "instances do not share their noise";
}

/// One digital fully connected layer, checked by hand: weights {2, -1; 0.5, 1}, codes of step 0.1 / 127.
TEST(Executor, DigitalLayersAreExactIntegerSums) {
  graph::Network n;
  graph::Gemm fc;
  fc.weights = {{2, 2}, {2, -1, 0.5f, 1}};
  fc.bias = {{2}, {0.25f, 0}};
  n.layers = {{"in", graph::Input({2}), {}}, {"fc", fc, {0}}};
  n.outputs = {1};
  n.ranges["in"] = 12.7;
  config::Chip chip = test::toy_chip(256);
  config::LayerOverride digital;
  digital.digital = true;
  chip.layers = {{"fc", digital}};
  n = graph::build(n);
  const mapping::Mapping map = mapping::map(graph::fold(n), chip);
  ASSERT_TRUE(map.stages.at(0).as<mapping::MvmWork>()->digital);
  const Calibration c = calibrate(graph::fold(n), map, chip, {0, {2}, {}});
  EXPECT_FLOAT_EQ(c.input_step, 0.1f);
  const Executor executor(map, chip, config::load_device("hermes-2"), c);
  // Codes 30 and -20. Column 0: weights 127 and rint(-63.5) = -64 of 2/127; column 1: 64 (half to
  // even) and 127 of 1/127.
  const auto logits = executor.logits(executor.programmed(1, 0, {1e6}, analog::Compensation::Gdc).front(),
                                      {1, {2}, {3.0f, -2.0f}}, 0);
  const float column0 = static_cast<float>(30 * 127 + 20 * 64) * (2.0f / 127 * 0.1f) + 0.25f;
  const float column1 = static_cast<float>(30 * 64 - 20 * 127) * (1.0f / 127 * 0.1f);
  EXPECT_NEAR(logits.at(0), column0, 0.005);
  EXPECT_NEAR(logits.at(1), column1, 0.001);
  EXPECT_EQ(logits[0], executor.logits(executor.ideal(), {1, {2}, {3.0f, -2.0f}}, 0)[0]);
}

TEST(Executor, DigitalLayersApproachFloatInference) {
  config::Chip chip = test::toy_chip(256);
  test::idealise(chip);
  config::LayerOverride digital;
  digital.digital = true;
  chip.layers = {{"*", digital}};
  const Toy toy(chip);
  EXPECT_LT(relative_error(toy.executor.logits(toy.executor.ideal(), toy.images, 0), float_logits(toy)),
            0.06);
}

TEST(Executor, StandAloneAddsAndPoolsApproachFloatInference) {
  config::Chip chip = config::load_chip("hermes");  // the host adds and pools
  chip.numbers.logits_fp16 = true;
  test::idealise(chip);
  const Toy toy(chip, test::perfect_device(), with_wide_ranges(test::toy_network()));
  int digital = 0;
  for (const auto& stage : toy.map.stages) digital += stage.as<mapping::MvmWork>() == nullptr;
  ASSERT_GE(digital, 3);
  EXPECT_LT(relative_error(toy.executor.logits(toy.executor.ideal(), toy.images, 0), float_logits(toy)),
            0.04);
}

TEST(Executor, Int8LogitsAreCodesTimesTheirStep) {
  config::Chip chip = test::toy_chip(256);
  chip.numbers.logits_fp16 = false;
  const Toy toy(chip);
  const Calibration c = calibrate(graph::fold(toy.network), toy.map, chip, toy.images);
  for (float v : toy.executor.logits(toy.executor.ideal(), toy.images, 0)) {
    const float code = v / c.output_step.back();
    EXPECT_NEAR(code, std::rint(code), 1e-4);
    EXPECT_LE(std::fabs(code), 127.001f);
  }
}

TEST(Executor, RefusesWhatDoesNotFitItsCodes) {
  const Toy toy(test::toy_chip(256));
  test::expect_input_error(
      [&] {
        toy.executor.encode({1, {3, 5, 5}, std::vector<float>(75)});
      },
      "error: the images are 3x5x5; network 'toy' takes 2x12x12");
  config::Chip wide = toy.chip;
  wide.crossbar.input_bits = 9;
  test::expect_input_error(
      [&] { calibrate(graph::fold(toy.network), toy.map, wide, toy.images); },
      "error: crossbar.input_bits is 9; activations are INT8 codes, so 2 to 8 are allowed");
  wide = toy.chip;
  wide.numbers.partial_sum_bits = 12;
  test::expect_input_error(
      [&] {
        Executor(toy.map, wide, test::perfect_device(),
                 calibrate(graph::fold(toy.network), toy.map, toy.chip, toy.images));
      },
      "error: numbers.partial_sum_bits is 12; partial sums travel as INT8 codes, so 2 to 8 are allowed");
}

TEST(Executor, FewerInputBitsCostAccuracy) {
  config::Chip chip = test::toy_chip(256);
  test::idealise(chip);
  double before = 0;
  for (const int bits : {8, 6, 4}) {
    chip.crossbar.input_bits = bits;
    const Toy toy(chip);
    const double error =
        relative_error(toy.executor.logits(toy.executor.ideal(), toy.images, 0), float_logits(toy));
    EXPECT_GT(error, 1.5 * before) << bits;
    before = error;
  }
}

config::Chip shared_out(int tile_h, int tile_w, int replicas, const std::string& layer = "block.conv2") {
  config::Chip chip = test::toy_chip(256);
  config::LayerOverride change;
  change.tile_h = tile_h;
  change.tile_w = tile_w;
  change.replicas = replicas;
  chip.layers = {{layer, change}};
  return chip;
}

int stage_of(const mapping::Mapping& map, const std::string& name) {
  for (std::size_t s = 0; s < map.stages.size(); ++s)
    if (map.stages[s].name == name) return static_cast<int>(s);
  return -1;
}

/// Codes of that stage for the same inputs.
std::vector<std::int8_t> codes_of(const Toy& toy, const State& state, int images) {
  const int stage = stage_of(toy.map, "block.conv2");
  std::vector<std::vector<std::int8_t>> inputs;
  ImageBatch batch;
  batch.count = images;
  for (const auto& input : toy.map.stages[stage].inputs) {
    std::vector<std::int8_t> codes(static_cast<std::size_t>(images * graph::volume(input.shape)));
    for (std::size_t i = 0; i < codes.size(); ++i)
      codes[i] = static_cast<std::int8_t>(static_cast<int>(i * 37 % 101) - 50);
    inputs.push_back(std::move(codes));
  }
  for (const auto& codes : inputs) batch.inputs.push_back(codes.data());
  return toy.executor.run_stage(stage, state, batch);
}

std::vector<std::int8_t> codes_of(const Toy& toy, int images) {
  return codes_of(toy, toy.executor.programmed(4, 0, {3600}, analog::Compensation::Gdc).front(), images);
}

// Replica 0 computes pixels 0, 3, 6, ... on the devices of a layer that is not shared out; what the others
// compute differs in the last digits.
TEST(Sharing, ReplicaZeroHasTheDevicesOfALayerAloneAndTheOthersTheirOwn) {
  const Toy alone(shared_out(1, 1, 1)), shared(shared_out(1, 1, 3));
  const auto one = codes_of(alone, 4), three = codes_of(shared, 4);
  ASSERT_EQ(one.size(), three.size());
  const int channels = alone.executor.kernel(stage_of(alone.map, "block.conv2")).channels();
  const int pixels = alone.executor.kernel(stage_of(alone.map, "block.conv2")).pixels();
  int differ[3] = {0, 0, 0};
  for (std::size_t i = 0; i < one.size(); ++i)
    differ[static_cast<int>(i) / channels % pixels % 3] += one[i] != three[i];
  EXPECT_EQ(differ[0], 0);
  EXPECT_GT(differ[1], 20);
  EXPECT_GT(differ[2], 20);
}

// Without noise a tile is the same arithmetic: what is zero adds nothing.
TEST(Sharing, IdealTilesAndReplicasChangeNothing) {
  const Toy alone(shared_out(1, 1, 1)), shared(shared_out(2, 2, 2));
  EXPECT_EQ(alone.executor.logits(alone.executor.ideal(), alone.images, 0),
            shared.executor.logits(shared.executor.ideal(), shared.images, 0));
  const Toy grouped(shared_out(2, 3, 2, "depthwise"));
  EXPECT_EQ(alone.executor.logits(alone.executor.ideal(), alone.images, 0),
            grouped.executor.logits(grouped.executor.ideal(), grouped.images, 0));
}

// The zeros between the copies are devices, too (array_test), but add little to the noise of the kernel's
// own.
TEST(Sharing, ATileIsAboutAsNoisyAsAPixelAlone) {
  const auto error = [](const config::Chip& chip) {
    const Toy toy(chip);
    const auto wanted = codes_of(toy, toy.executor.ideal(), 8);
    double sum = 0;
    for (std::uint32_t instance = 0; instance < 12; ++instance) {
      const auto is = codes_of(
          toy, toy.executor.programmed(4, instance, {1}, analog::Compensation::GdcColumn).front(), 8);
      for (std::size_t i = 0; i < is.size(); ++i) sum += (is[i] - wanted[i]) * (is[i] - wanted[i]);
    }
    return std::sqrt(sum);
  };
  const double alone = error(shared_out(1, 1, 1)), tiles = error(shared_out(2, 2, 1));
  EXPECT_NEAR(tiles, alone, 0.1 * alone);
}

TEST(Sharing, AdaBsTreatsEveryReplicaByItself) {
  for (const char* layer : {"block.conv2", "depthwise"}) {
    Toy shared(shared_out(1, 2, 3, layer));
    const auto error = [&](const State& state) {
      return relative_error(shared.executor.logits(state, shared.images, 0), float_logits(shared));
    };
    State state = shared.executor.programmed(4, 0, {2592000}, analog::Compensation::None).front();
    const double before = error(state);
    shared.executor.recalibrate(state, graph::fold(shared.network), shared.images);
    EXPECT_LT(error(state), 0.8 * before) << layer;
  }
}

}  // namespace
}  // namespace phasecore::numerics
