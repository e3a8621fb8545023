// The shipped networks are what their cards say.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "common/fields.hpp"
#include "models/data/dataset.hpp"
#include "models/onnx/onnx.hpp"
#include "nas/train/settings.hpp"
#include "nas/train/transfer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

/// Float sums may be rounded differently on another processor: a few images may change sides.
constexpr double images_that_may_flip = 5;
constexpr double kCardRounding = 0.005 + 1e-9;  ///< cards have hundredths of a percent

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

struct Shipped {
  std::string name;
  long long parameters, macs;
  std::optional<int> correct;  ///< test images of 10,000, as on the card; none: its data are not shipped
};

class Zoo : public testing::TestWithParam<Shipped> {};

TEST_P(Zoo, HasItsRecipeRangesSizeAndAccuracy) {
  const auto& [name, parameters, macs, correct] = GetParam();
  const graph::Network network = onnx::read(test::source_path("models/zoo/" + name + ".onnx"));
  const auto recipe = train::load_settings(test::source_path("configs/training/" + name + ".yaml"), {});
  EXPECT_EQ(network.name, name);
  expect_same_recipe(network.metadata.at("phasecore.recipe"), common::dump_fields(recipe));
  EXPECT_EQ(network.ranges.size(), network.layers.size());
  EXPECT_EQ(graph::parameters(network), parameters);
  long long found = 0;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) found += graph::macs(network, i);
  EXPECT_EQ(found, macs);
  const double promised = std::stod(network.metadata.at("phasecore.float_accuracy"));
  const std::string card = test::read_text(test::source_path("models/zoo/" + name + ".md"));
  EXPECT_NEAR(promised * 100, std::stod(card.substr(card.find("**test ") + 7)), kCardRounding);
  if (!correct) return;
  const double accuracy = train::accuracy(network, data::load("fashion-mnist", data::Part::Test));
  EXPECT_NEAR(accuracy * 10000, *correct, images_that_may_flip);
  EXPECT_NEAR(promised * 10000, *correct, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(
    Networks, Zoo,
    testing::Values(
        Shipped{"resnet8-fmnist", 77418, 9345920, 9301}, Shipped{"resnet8-fmnist-hwa", 77418, 9345920, 9202},
        Shipped{"resnet8-cifar10", 77706, 12501632, {}}, Shipped{"resnet8-cifar10-hwa", 77706, 12501632, {}},
        Shipped{"resnet20-cifar10", 271690, 40813184, {}},
        Shipped{"resnet20-cifar10-hwa", 271690, 40813184, {}},
        Shipped{"resnet9-cifar10", 1867834, 218310848, {}},
        Shipped{"resnet9-cifar10-hwa", 1867834, 218310848, {}},
        Shipped{"found221-cifar10", 103770, 3539744, {}},
        Shipped{"found221-cifar10-hwa", 103770, 3539744, {}},
        Shipped{"found475-cifar10", 142170, 7408256, {}},
        Shipped{"found475-cifar10-hwa", 142170, 7408256, {}}, Shipped{"ds-cnn-fmnist", 22474, 4165248, 9104},
        Shipped{"ds-cnn-fmnist-hwa", 22474, 4165248, 8957},
        Shipped{"resnet20-fmnist", 271402, 31021952, 9349},
        Shipped{"resnet20-fmnist-hwa", 271402, 31021952, 9314},
        Shipped{"ds-cnn-keywords", 22604, 2656768, {}}, Shipped{"ds-cnn-keywords-hwa", 22604, 2656768, {}},
        Shipped{"ds-cnn-digits", 22474, 2656640, {}}, Shipped{"ds-cnn-digits-hwa", 22474, 2656640, {}},
        Shipped{"lstm-digits", 62550, 2961564, {}}, Shipped{"lstm-digits-hwa", 62550, 2961564, {}},
        Shipped{"gru-digits", 78242, 3714172, {}}, Shipped{"gru-digits-hwa", 78242, 3714172, {}}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

}  // namespace
}  // namespace phasecore
