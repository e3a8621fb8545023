// What a simulation says about numbers that its accuracy hides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "models/graph/ops/conv.hpp"
#include "sim/monte_carlo/evaluate.hpp"
#include "tests/sim/numerics/toy.hpp"

namespace phasecore::monte_carlo {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int kImages = 40;

std::vector<std::string> warnings_of(const graph::Network& network, int workers = 1) {
  const graph::Network sound = test::toy_network();
  const config::Chip chip = test::toy_chip(64);
  const config::Device device = config::load_device("hermes-2");
  const data::Dataset images = test::toy_data(sound, kImages, 3);
  const graph::Batch calibration = test::toy_data(sound, 60, 4).batch(0, 60);
  const mapping::Mapping map = mapping::map(graph::fold(network), chip);
  const numerics::Calibration codes = numerics::calibrate(graph::fold(network), map, chip, calibration);
  Request request;
  request.instances = 1;
  request.times_s = {1};
  request.layer_figures = false;
  request.workers = workers;
  std::vector<std::string> all = codes.warnings;
  for (const std::string& w :
       evaluate(graph::fold(network), map, chip, device, codes, images, calibration, request).warnings)
    all.push_back(w);
  return all;
}

/// The first convolution.
graph::Layer& first_convolution(graph::Network& network) {
  for (graph::Layer& layer : network.layers)
    if (layer.is<graph::Conv>()) return layer;
  throw common::InternalError("the toy network has no convolution");
}

TEST(Warnings, ASoundNetworkHasNone) {
  EXPECT_THAT(warnings_of(test::toy_network()), IsEmpty());
}

TEST(Warnings, NameTheLayerWhoseValuesLieBeyondFp16) {
  graph::Network network = test::toy_network();
  graph::Layer& conv = first_convolution(network);
  auto& op = *conv.edit<graph::Conv>();
  op.bias = {{op.outputs()}, std::vector<float>(op.outputs(), 1e5f)};
  EXPECT_THAT(warnings_of(network),
              Contains(AllOf(HasSubstr("layer '" + conv.name + "'"), HasSubstr("beyond FP16"))));
}

TEST(Warnings, NameTheLayerWhoseRangeClipsMoreThanATwentieth) {
  graph::Network network = test::toy_network();
  graph::Layer& conv = first_convolution(network);
  const std::string tensor = mapping::map(graph::fold(network), test::toy_chip(64)).stages.front().range_name;
  network.ranges[tensor] = 1e-3;
  EXPECT_THAT(warnings_of(network),
              Contains(AllOf(HasSubstr("layer '" + conv.name + "'"), HasSubstr("clips"))));
}

TEST(Warnings, SayThatTheInputsRangeClipsWhereImagesAreNormalisedOtherwise) {
  graph::Network network = test::toy_network();
  network.ranges[network.input().name] = 1e-3;
  EXPECT_THAT(warnings_of(network), Contains(HasSubstr("are the images normalised as in training?")));
}

TEST(Warnings, NameTheLayerWhoseConvertersCountNothing) {
  graph::Network network = test::toy_network();
  network.ranges[network.input().name] = 1e9;  // every input has code 0
  EXPECT_THAT(warnings_of(network),
              Contains(AllOf(HasSubstr("layer '" + first_convolution(network).name + "'"),
                             HasSubstr("every count of its converters is 0"))));
}

TEST(Warnings, NameTheLayerWhereTheFloatNetworkOverflows) {
  graph::Network network = test::toy_network();
  graph::Layer& conv = first_convolution(network);
  for (float& w : conv.edit<graph::Conv>()->weights.values) w *= 1e38f;
  EXPECT_THAT(warnings_of(network),
              Contains(AllOf(HasSubstr("layer '" + conv.name + "'"), HasSubstr("float"))));
}

TEST(Warnings, AreTheSameForAnyNumberOfWorkers) {
  graph::Network network = test::toy_network();
  network.ranges[network.input().name] = 1e-3;
  const auto one = warnings_of(network, 1);
  EXPECT_THAT(one, Not(IsEmpty()));
  EXPECT_EQ(warnings_of(network, 3), one);
}

}  // namespace
}  // namespace phasecore::monte_carlo
