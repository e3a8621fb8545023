#include "sim/numerics/adabs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::numerics {
namespace {

double error_of(const std::vector<float>& is, const std::vector<float>& wanted) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    difference += std::pow(is[i] - wanted[i], 2);
    size += std::pow(wanted[i], 2);
  }
  return std::sqrt(difference / size);
}

TEST(AdaBs, RestoresALayerOfWhichHalfIsLost) {
  config::Chip chip = test::toy_chip(64);
  chip.adc.output_noise = 0;
  const graph::Network network = test::toy_network();
  const graph::Batch images = test::toy_data(network, 80, 3).batch(0, 80);
  const mapping::Mapping map = mapping::map(graph::fold(network), chip);
  const Executor executor(map, chip, test::perfect_device(),
                          calibrate(graph::fold(network), map, chip, images));
  const auto wanted = graph::infer(network, images).front().values;
  const double ideal = error_of(executor.logits(executor.ideal(), images, 0), wanted);
  // Every column's gain halved and shifted: what drift and offsets do at their worst.
  State state = executor.programmed(1, 0, {1}, analog::Compensation::AdaBs).front();
  for (StageState& stage : state.stages)
    for (analog::Affine& a : stage.affine)
      for (std::size_t j = 0; j < a.scale.size(); ++j) a.scale[j] *= 0.5f, a.offset[j] += 0.1f;
  const double broken = error_of(executor.logits(state, images, 0), wanted);
  executor.recalibrate(state, graph::fold(network), images);
  const double restored = error_of(executor.logits(state, images, 0), wanted);
  EXPECT_GT(broken, 0.5);
  EXPECT_LT(restored, 2 * ideal);
  EXPECT_LT(restored, 0.2 * broken);
}

TEST(AdaBs, HelpsAgedDevicesMoreThanNothing) {
  const config::Chip chip = test::toy_chip(64);
  const graph::Network network = test::toy_network();
  const graph::Batch images = test::toy_data(network, 80, 3).batch(0, 80);
  const mapping::Mapping map = mapping::map(graph::fold(network), chip);
  const Executor executor(map, chip, config::load_device("hermes-2"),
                          calibrate(graph::fold(network), map, chip, images));
  const auto wanted = graph::infer(network, images).front().values;
  State state = executor.programmed(1, 0, {2592000}, analog::Compensation::AdaBs).front();
  const double before = error_of(executor.logits(state, images, 0), wanted);
  executor.recalibrate(state, graph::fold(network), images);
  EXPECT_LT(error_of(executor.logits(state, images, 0), wanted), 0.7 * before);
}

TEST(AdaBs, NeedsImages) {
  const config::Chip chip = test::toy_chip(64);
  const graph::Network network = test::toy_network();
  const graph::Batch images = test::toy_data(network, 10, 3).batch(0, 10);
  const mapping::Mapping map = mapping::map(graph::fold(network), chip);
  const Executor executor(map, chip, test::perfect_device(),
                          calibrate(graph::fold(network), map, chip, images));
  State state = executor.ideal();
  test::expect_input_error(
      [&] {
        executor.recalibrate(state, graph::fold(network), {0, {2, 12, 12}, {}});
      },
      "error: compensation adabs needs calibration images, and there are none");
}

}  // namespace
}  // namespace phasecore::numerics
