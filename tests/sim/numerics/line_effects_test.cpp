// What lines do to a network's outputs, and that one layer sees what `tile` sees.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/input.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/tile/tile.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::numerics {
namespace {

constexpr int kInputs = 200, kOutputs = 40, kVectors = 24, kInstances = 6;

/// The matrix and vectors that `tile` draws, as a network of one layer.
graph::Network one_layer(const tile::Matrix& weights) {
  graph::Network n;
  graph::Gemm fc;
  fc.weights = {{weights.rows, weights.cols}, weights.values};
  fc.bias = {{weights.rows}, std::vector<float>(static_cast<std::size_t>(weights.rows), 0.0f)};
  n.layers = {{"in", graph::Input({weights.cols}), {}}, {"fc", fc, {0}}};
  n.outputs = {1};
  n.ranges["in"] = 1;
  return graph::build(n);
}

double relative_error(const std::vector<float>& is, const std::vector<float>& wanted) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    difference += std::pow(is[i] - wanted[i], 2);
    size += std::pow(wanted[i], 2);
  }
  return std::sqrt(difference / size);
}

/// What both roads compute.
struct Task {
  tile::Matrix weights = tile::random_weights(3, kOutputs, kInputs),
               inputs = tile::random_inputs(3, kVectors, kInputs);
  config::Device device;
};

/// A mean over programmings, a day after.
double of_network(const std::vector<std::string>& set, const Task& task, analog::Compensation compensation) {
  std::vector<std::string> all = {"mapping.objective=one-to-one", "numbers.weight_scaling=submatrix",
                                  "adc.output_noise=0", "adc.bits=12"};
  all.insert(all.end(), set.begin(), set.end());
  const config::Chip chip = config::load_chip("hermes-mesh", all);
  const graph::Network network = one_layer(task.weights);
  const graph::FoldedNetwork folded = graph::fold(network);
  const graph::Batch vectors{task.inputs.rows, {task.inputs.cols}, task.inputs.values};
  const mapping::Mapping map = mapping::map(folded, chip);
  const Executor executor(map, chip, task.device, calibrate(folded, map, chip, vectors));
  const std::vector<float> wanted = graph::infer(network, vectors)[0].values;
  double sum = 0;
  for (std::uint32_t i = 0; i < kInstances; ++i)
    sum += relative_error(
        executor.logits(executor.programmed(5, i, {86400}, compensation).front(), vectors, 0), wanted);
  return sum / kInstances;
}

double of_tile(const std::function<void(tile::Request&)>& change, const Task& task,
               analog::Compensation compensation) {
  tile::Request r;
  r.weights = task.weights;
  r.inputs = task.inputs;
  r.device = task.device;
  r.compensation = compensation;
  r.times_s = {86400};
  r.instances = kInstances;
  r.converters.adc_bits = 13;  // a sign and 12 bits
  r.converters.out_bound = 100 / (0.2 * 20.7);
  change(r);
  return tile::characterise(r).points.front().rel_l2.mean;
}

/// Both program other devices: an instance's error has a spread of about 2 %.
TEST(LineEffects, AreTheSameOnAChipAndInATile) {
  struct Case {
    std::vector<std::string> set;
    std::function<void(tile::Request&)> change;
    double at_least;       ///< change of the error, relative
    bool perfect = false;  ///< devices, where the effect is small beside theirs
  };
  const double limit = 20 / (0.2 * 20.7);
  const std::vector<Case> cases = {
      {{}, [](tile::Request&) {}, 0},
      {{"crossbar.wire_ohm=0.35"}, [](tile::Request& r) { r.converters.ir_drop = true; }, 0.2, true},
      {{"crossbar.line_limit=true", "adc.saturation_ua=20"},
       [&](tile::Request& r) { r.converters.line_limit = r.converters.out_bound = limit; },
       0.02},
      {{"crossbar.read_mode=1-phase", "crossbar.polarity_error=0.05"},
       [](tile::Request& r) {
         r.converters.read_mode = config::ReadMode::OnePhase;
         r.converters.polarity_error = 0.05;
       },
       0.02},
      {{"crossbar.read_mode=1-phase", "crossbar.polarity_error=0.05", "crossbar.line_limit=true",
        "adc.saturation_ua=40", "crossbar.wire_ohm=0.35", "compensation.inputs=random-signs"},
       [&](tile::Request& r) {
         r.converters.read_mode = config::ReadMode::OnePhase;
         r.converters.polarity_error = 0.05;
         r.converters.line_limit = r.converters.out_bound = 2 * limit;
         r.converters.ir_drop = true;
         r.readout_inputs = config::ReadoutInputs::RandomSigns;
       },
       0.02}};
  for (const auto compensation : {analog::Compensation::None, analog::Compensation::Gdc})
    for (std::size_t i = 0; i < cases.size(); ++i) {
      Task task;
      task.device = cases[i].perfect ? test::perfect_device() : config::load_device("hermes-2");
      const double plain = of_tile(cases[0].change, task, compensation),
                   network = of_network(cases[i].set, task, compensation),
                   array = of_tile(cases[i].change, task, compensation);
      EXPECT_NEAR(network, array, 0.04 * array) << "case " << i;
      EXPECT_GE(std::fabs(array - plain), cases[i].at_least * plain) << "case " << i;
    }
}

TEST(LineEffects, LeaveIdealChipsAsTheyAre) {
  const graph::Network network = test::toy_network();
  const graph::FoldedNetwork folded = graph::fold(network);
  const graph::Batch images = test::toy_data(network, 20, 3).batch(0, 20);
  config::Chip chip = test::toy_chip(64);
  const auto logits = [&](bool ideal) {
    const mapping::Mapping map = mapping::map(folded, chip);
    const Executor executor(map, chip, config::load_device("hermes-2"), calibrate(folded, map, chip, images));
    return executor.logits(
        ideal ? executor.ideal() : executor.programmed(1, 0, {1}, analog::Compensation::Gdc).front(), images,
        0);
  };
  const std::vector<float> ideal = logits(true), programmed = logits(false);
  chip.crossbar.wire_ohm = 0.35;
  chip.crossbar.line_limit = true;
  EXPECT_EQ(logits(true), ideal) << "quantised-ideal is what rounding alone leaves";
  EXPECT_NE(logits(false), programmed);
}

}  // namespace
}  // namespace phasecore::numerics
