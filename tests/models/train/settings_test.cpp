// What TRAIN.yaml may say.
#include "models/train/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/support.hpp"

namespace phasecore {
namespace {

const std::string plain = test::source_path("configs/training/resnet8-fmnist.yaml");
const std::string hardware_aware = test::source_path("configs/training/resnet8-fmnist-hwa.yaml");

TEST(TrainSettings, ShippedRecipesLoad) {
  const train::Settings a = train::load_settings(plain, {});
  EXPECT_EQ(a.name, "resnet8-fmnist");
  EXPECT_EQ(a.hardware.weight_noise, 0);
  EXPECT_FALSE(a.hardware.activation_bits);
  const train::Settings b = train::load_settings(hardware_aware, {});
  EXPECT_EQ(b.name, "resnet8-fmnist-hwa");
  EXPECT_GT(b.hardware.weight_noise, 0);
  EXPECT_EQ(b.hardware.activation_bits, 8);
  EXPECT_EQ(b.start_from, "models/zoo/resnet8-fmnist.onnx");
}

TEST(TrainSettings, AssignmentsReplaceKeys) {
  const train::Settings s = train::load_settings(plain, {"epochs=3", "hardware.weight_reference=layer"});
  EXPECT_EQ(s.epochs, 3);
  EXPECT_EQ(s.hardware.weight_reference, train::Reference::Layer);
}

TEST(TrainSettings, DumpLoadsBackEqual) {
  const train::Settings s = train::load_settings(hardware_aware, {});
  const std::string text = common::dump_fields(s);
  test::TempDirectory directory;
  test::write_text(directory / "again.yaml", text);
  EXPECT_EQ(common::dump_fields(train::load_settings(directory / "again.yaml", {})), text);
}

TEST(TrainSettings, EveryKeyIsExplained) {
  const auto docs = common::document_fields(train::load_settings(hardware_aware, {}));
  EXPECT_EQ(docs.size(), 27u);  // 24 keys and 3 groups
  for (const auto& doc : docs) EXPECT_FALSE(doc.meaning.empty()) << doc.path;
}

TEST(TrainSettings, AllProblemsAreReportedAtOnce) {
  test::expect_input_error(
      [] {
        train::load_settings(plain, {"epochs=none", "hardware.weight_noice=0.1", "momentum=1.5"});
      },
      "--set: error: 'epochs' is 'none'; expected an integer\n"
      "--set: error: 'momentum' is 1.5; allowed is 0 to 0.9999\n"
      "--set: error: unknown key 'hardware.weight_noice'; did you mean 'weight_noise'?");
}

TEST(TrainSettings, RulesAcrossKeysAreChecked) {
  const auto message = [](const std::string& change) {
    return test::input_error([&] { train::load_settings(plain, {change}); });
  };
  EXPECT_THAT(message("channels=[16, 32]"),
              testing::HasSubstr("'channels' needs one number for each of the three"));
  EXPECT_THAT(message("warmup_epochs=14"),
              testing::HasSubstr("'warmup_epochs' must be smaller than 'epochs'"));
}

}  // namespace
}  // namespace phasecore
