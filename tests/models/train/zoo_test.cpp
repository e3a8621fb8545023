// The shipped networks are what their cards say.
#include <gtest/gtest.h>

#include "common/fields.hpp"
#include "models/data/dataset.hpp"
#include "models/onnx/onnx.hpp"
#include "models/train/settings.hpp"
#include "models/train/transfer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

/// Float sums may be rounded differently on another processor: a few images may change sides.
constexpr double images_that_may_flip = 5;

/// `correct`: test images of 10,000, as on the card.
void expect_as_shipped(const std::string& name, int correct) {
  const graph::Network network = onnx::read(test::source_path("models/zoo/" + name + ".onnx"));
  const auto recipe = train::load_settings(test::source_path("configs/training/" + name + ".yaml"), {});
  EXPECT_EQ(network.name, name);
  EXPECT_EQ(network.metadata.at("phasecore.recipe"), common::dump_fields(recipe));
  EXPECT_EQ(network.ranges.size(), network.layers.size());
  EXPECT_EQ(graph::parameters(network), 77418);
  long long macs = 0;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) macs += graph::macs(network, i);
  EXPECT_EQ(macs, 9345920);
  const double accuracy = train::accuracy(network, data::load("fashion-mnist", data::Part::Test));
  EXPECT_NEAR(accuracy * 10000, correct, images_that_may_flip);
}

TEST(Zoo, PlainNetworkHasItsRecipeRangesAndAccuracy) {
  expect_as_shipped("resnet8-fmnist", 9301);
}

TEST(Zoo, HardwareAwareNetworkHasItsRecipeRangesAndAccuracy) {
  expect_as_shipped("resnet8-fmnist-hwa", 9285);
}

}  // namespace
}  // namespace phasecore
