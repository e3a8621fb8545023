#include "sim/numerics/calibrate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::numerics {
namespace {

float nearest_rank(std::vector<float> values) {
  for (float& v : values) v = std::fabs(v);
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::ceil(0.999 * static_cast<double>(values.size()))) - 1];
}

TEST(Calibration, TakesThe999thPermilleOfEachStagesFloatOutput) {
  const graph::Network network = test::toy_network();
  const graph::Batch images = test::toy_data(network, 60, 1).batch(0, 60);
  const config::Chip chip = test::toy_chip(256);
  const mapping::Mapping map = mapping::map(graph::fold(network), chip);
  const Calibration c = calibrate(graph::fold(network), map, chip, images);
  const auto values = graph::infer_all(network, images);
  EXPECT_FLOAT_EQ(c.input_step, nearest_rank(images.values) / 127);
  ASSERT_EQ(c.output_step.size(), map.stages.size());
  for (std::size_t s = 0; s + 1 < map.stages.size(); ++s)
    EXPECT_FLOAT_EQ(c.output_step[s],
                    nearest_rank(values[network.find(map.stages[s].range_name)].values) / 127)
        << map.stages[s].name;
  EXPECT_EQ(c.output_step.back(), 0) << "FP16 logits have no codes";
}

TEST(Calibration, PrefersTheRangesOfTheNetwork) {
  graph::Network network = test::toy_network();
  network.ranges["stem.relu"] = 12.7;
  network.ranges["image"] = 2.54;
  const graph::Batch images = test::toy_data(network, 30, 1).batch(0, 30);
  const config::Chip chip = test::toy_chip(256);
  const mapping::Mapping map = mapping::map(graph::fold(network), chip);
  const Calibration c = calibrate(graph::fold(network), map, chip, images);
  EXPECT_FLOAT_EQ(c.input_step, 0.02f);
  ASSERT_EQ(map.stages[0].range_name, "stem.relu");
  EXPECT_FLOAT_EQ(c.output_step[0], 0.1f);
}

TEST(Calibration, PartialSumsHaveAStepPerHopFromTheFloatWeights) {
  test::NetworkBuilder b("dense", {90});
  const graph::Network network = b.build(b.gemm("fc", 0, 30));
  const config::Chip chip = test::toy_chip(41);  // 3 hops of 30 rows
  const mapping::Mapping map = mapping::map(graph::fold(network), chip);
  const mapping::MvmWork& stage = *map.stages.at(0).as<mapping::MvmWork>();
  ASSERT_EQ(stage.submatrices.size(), 3u);
  const graph::Batch images = test::toy_data(test::toy_network(), 20, 1).batch(0, 20);
  const graph::Batch vectors{64, {90}, {images.values.begin(), images.values.begin() + 64 * 90}};
  const Calibration c = calibrate(graph::fold(network), map, chip, vectors);
  ASSERT_EQ(c.partial_step.at(0).size(), 2u);
  for (int chain_position = 0; chain_position < 2; ++chain_position) {
    std::vector<float> sums;
    for (int i = 0; i < 64; ++i)
      for (int j = 0; j < 30; ++j) {
        double sum = 0;
        for (int r = 0; r < stage.submatrices[chain_position].row_end; ++r)
          sum += static_cast<double>(stage.weights[r * 30 + j]) * vectors.values[i * 90 + r];
        sums.push_back(static_cast<float>(sum));
      }
    EXPECT_FLOAT_EQ(c.partial_step[0][chain_position], nearest_rank(sums) / 127) << chain_position;
  }
}

TEST(Calibration, NeedsImagesOnlyForWhatIsNotKnown) {
  test::NetworkBuilder b("dense", {90});
  graph::Network network = b.build(b.gemm("fc", 0, 30));
  const graph::Batch none{0, {90}, {}};
  const config::Chip whole = test::toy_chip(256), cut = test::toy_chip(41);
  const std::string message =
      "error: network 'dense' carries no ranges for all of its activations (phasecore.input_range.*), or has "
      "layers whose partial sums travel between cores: their ranges have to be measured, but there are no "
      "calibration images";
  test::expect_input_error(
      [&] { calibrate(graph::fold(network), mapping::map(graph::fold(network), whole), whole, none); },
      message);
  network.ranges["image"] = 1.0;
  EXPECT_FLOAT_EQ(
      calibrate(graph::fold(network), mapping::map(graph::fold(network), whole), whole, none).input_step,
      1.0f / 127);
  test::expect_input_error(
      [&] { calibrate(graph::fold(network), mapping::map(graph::fold(network), cut), cut, none); }, message);
}

}  // namespace
}  // namespace phasecore::numerics
