// The shipped networks are what their cards say.
#include <gtest/gtest.h>

#include <map>

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

void collect(const common::YamlNode& node, const std::string& path,
             std::map<std::string, std::string>& values) {
  for (const auto& member : node.members) collect(member.value, path + "." + member.key, values);
  if (node.members.empty()) values[path] = common::write_yaml(node);
}

/// Every key that the stored recipe shares with today's has the same value. (Keys have been added and renamed
/// since these networks were trained; they are not trained again for that.)
void expect_same_recipe(const std::string& stored, const std::string& today) {
  std::map<std::string, std::string> then, now;
  collect(test::yaml(stored), "", then);
  collect(test::yaml(today), "", now);
  int shared = 0;
  for (const auto& [key, value] : then)
    if (now.count(key) != 0) {
      EXPECT_EQ(now.at(key), value) << key;
      ++shared;
    }
  EXPECT_GE(shared, 18);
}

/// `correct`: test images of 10,000, as on the card.
void expect_as_shipped(const std::string& name, int correct) {
  const graph::Network network = onnx::read(test::source_path("models/zoo/" + name + ".onnx"));
  const auto recipe = train::load_settings(test::source_path("configs/training/" + name + ".yaml"), {});
  EXPECT_EQ(network.name, name);
  expect_same_recipe(network.metadata.at("phasecore.recipe"), common::dump_fields(recipe));
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
