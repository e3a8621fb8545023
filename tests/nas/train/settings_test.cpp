// What TRAIN.yaml may say.
#include "nas/train/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "nas/train/supernet_settings.hpp"
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

TEST(TrainSettings, LegsLieInsideTheSchedule) {
  const std::string supernet = test::source_path("configs/training/supernet-fmnist.yaml");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"last_epoch=10000"}, "'last_epoch' must not be larger than 'epochs'"},
      {{"first_epoch=3", "last_epoch=2", "start_from=x.onnx"},
       "'first_epoch' must not be larger than 'last_epoch' and 'epochs'"},
      {{"first_epoch=2", "start_from=null"}, "a 'first_epoch' above 1 needs 'start_from'"},
  };
  for (const auto& one : cases) {  // clang 14 cannot capture the parts of a pair
    const auto& set = one.first;
    const auto& why = one.second;
    EXPECT_THAT(test::input_error([&] { train::load_settings(plain, set); }), testing::HasSubstr(why));
    EXPECT_THAT(test::input_error([&] { train::load_supernet_settings(supernet, set); }),
                testing::HasSubstr(why));
  }
  const auto leg = train::load_settings(plain, {"first_epoch=2", "last_epoch=3", "start_from=x.onnx"});
  EXPECT_EQ(leg.epochs_before(), 1);
  EXPECT_EQ(leg.epochs_after(), 3);
  EXPECT_EQ(train::load_settings(plain, {}).epochs_after(), train::load_settings(plain, {}).epochs);
}

TEST(TrainSettings, GenesAreWrittenAsListLineOrMap) {
  const auto genes = [](const std::string& written) {
    return train::load_settings(plain, {"network={space: resnet-elastic, genes: " + written + "}"})
        .network.genes;
  };
  const std::vector<std::string> expected{"stages=2", "stage1.type=basic"};
  EXPECT_EQ(genes("[stages=2, stage1.type=basic]"), expected);
  EXPECT_EQ(genes("'stages=2 stage1.type=basic'"), expected);
  EXPECT_EQ(genes("{stages: 2, stage1.type: basic}"), expected);
  EXPECT_EQ(train::load_settings(plain, {"network={space: resnet-elastic}"}).network.genes,
            std::vector<std::string>{});
  EXPECT_EQ(train::load_settings(plain, {"network=ds-cnn"}).network.model, "ds-cnn");
}

TEST(TrainSettings, ANameIsNoPath) {
  const std::string supernet = test::source_path("configs/training/supernet-fmnist.yaml");
  const auto refused = [](const std::function<void()>& load) { return test::input_error(load); };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"''", "is empty"},
      {"..", "is a folder"},
      {".", "is a folder"},
      {"../escaped", "has a slash"},
      {"/elsewhere/x", "has a slash"},
      {"a\\b", "has a slash"},
      {"\"a\\e[31mb\"", "cannot be shown"},
      {"\"a\\nb\"", "cannot be shown"},
      {std::string(201, 'n'), "has 201 bytes; allowed are 200"},
  };
  for (const auto& [name, why] : cases) {
    const std::vector<std::string> set = {"name=" + name};
    EXPECT_THAT(refused([&] { train::load_settings(plain, set); }),
                testing::HasSubstr("--set: error: 'name' "));
    EXPECT_THAT(refused([&] { train::load_settings(plain, set); }), testing::HasSubstr(why));
    EXPECT_THAT(refused([&] { train::load_supernet_settings(supernet, set); }), testing::HasSubstr(why));
  }
  EXPECT_EQ(train::load_settings(plain, {"name=Größe 1.2_x"}).name, "Größe 1.2_x");
  EXPECT_EQ(train::load_settings(plain, {"name=" + std::string(200, 'n')}).name.size(), 200u);
}

TEST(TrainSettings, BlameTheAssignmentThatContradictsTheRecipe) {
  for (const std::vector<std::string>& set : {std::vector<std::string>{"network={model: a, space: b}"},
                                              {"network={model: a, genes: [x=1]}"},
                                              {"warmup_epochs=10000"},
                                              {"hardware.noise_ramp_epochs=10000"},
                                              {"hardware.clean_statistics_images=60000"},
                                              {"hardware.weight_clip=1", "hardware.weight_clip_sigma=2"},
                                              {"hardware.learned_ranges=true"},
                                              {"hardware.weight_noise_device=hermes-2"},
                                              {"hardware.tile_rows=5"},
                                              {"hardware.interlayer=host"},
                                              {"hardware.logits_fp16=false"},
                                              {"teacher=x.onnx"}}) {
    const std::string text = test::input_error([&] { train::load_settings(plain, set); });
    EXPECT_EQ(text.find("--set: error: "), 0u) << set[0] << ": " << text;
  }
}

TEST(TrainSettings, EveryRecipeInTheTreeLoads) {
  int recipes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("configs/training"))) {
    const std::string file = entry.path().string();
    if (train::is_supernet_recipe(file)) continue;
    EXPECT_EQ(train::load_settings(file, {}).name, entry.path().stem().string());
    ++recipes;
  }
  EXPECT_GE(recipes, 9);
}

TEST(TrainSettings, EverySupernetRecipeInTheTreeLoads) {
  std::set<std::string> recipes;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("configs/training"))) {
    const std::string file = entry.path().string();
    if (!train::is_supernet_recipe(file)) continue;
    const auto settings = train::load_supernet_settings(file, {});
    EXPECT_EQ(settings.name, entry.path().stem().string());
    EXPECT_TRUE(std::filesystem::is_regular_file(test::source_path(settings.space))) << settings.space;
    recipes.insert(settings.name);
  }
  EXPECT_EQ(recipes,
            (std::set<std::string>{"supernet-fmnist", "supernet-fmnist-base", "supernet-fmnist-clean",
                                   "supernet-cifar10", "supernet-cifar10-base", "supernet-cifar10-clean"}));
}

// Each goes on where the one before ends: the same space and data, the same networks taught and watched.
TEST(TrainSettings, EachPartOfASupernetGoesOnWithTheOneBefore) {
  const auto load = [](const std::string& name) {
    return train::load_supernet_settings(test::source_path("configs/training/" + name + ".yaml"), {});
  };
  for (const std::string name : {"supernet-fmnist", "supernet-cifar10"}) {
    const std::vector<train::SupernetSettings> parts = {load(name + "-base"), load(name + "-clean"),
                                                        load(name)};
    EXPECT_FALSE(parts[0].start_from);
    for (int p = 1; p < 3; ++p) {
      EXPECT_EQ(parts[p].start_from, "results/" + parts[p - 1].name + ".onnx");
      EXPECT_EQ(parts[p].space, parts[0].space);
      EXPECT_EQ(parts[p].data, parts[0].data);
      EXPECT_EQ(parts[p].sandwich.smallest, parts[0].sandwich.smallest);
      EXPECT_EQ(parts[p].watched, parts[0].watched);
    }
    EXPECT_EQ(parts[1].sandwich.largest, parts[0].sandwich.largest);
    // The last part has these too.
    EXPECT_TRUE(std::equal(parts[0].sandwich.largest.begin(), parts[0].sandwich.largest.end(),
                           parts[2].sandwich.largest.begin()));
  }
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
  EXPECT_EQ(docs.size(), 49u);  // 45 keys and 4 groups
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
  EXPECT_THAT(message("warmup_epochs=14"),
              testing::HasSubstr("'warmup_epochs' must be smaller than 'epochs'"));
  EXPECT_THAT(message("hardware.noise_ramp_epochs=14"),
              testing::HasSubstr("'hardware.noise_ramp_epochs' must be smaller than 'epochs'"));
  EXPECT_THAT(message("network={model: resnet8, space: resnet-elastic}"),
              testing::HasSubstr("'network': give either 'model' or 'space'"));
  EXPECT_THAT(message("network={model: resnet8, genes: stages=2}"),
              testing::HasSubstr("'genes' need a 'space'"));
  EXPECT_THAT(message("teacher=a.onnx"), testing::HasSubstr("go together"));
  EXPECT_THAT(message("hardware.learned_ranges=true"),
              testing::HasSubstr("needs 'activation_bits' or 'adc_bits'"));
  EXPECT_THAT(message("hardware.weight_noise_device=hermes-2"),
              testing::HasSubstr("'hardware': 'weight_noise_device' needs a 'weight_noise' above 0"));
  EXPECT_THAT(message("hardware.tile_rows=256"),
              testing::HasSubstr("'hardware': 'tile_rows' needs 'adc_bits' or an 'output_noise' above 0"));
  EXPECT_THAT(
      message("hardware.interlayer=host"),
      testing::HasSubstr("'hardware': 'interlayer' needs 'activation_bits' or an 'output_noise' above 0"));
  EXPECT_THAT(message("hardware.logits_fp16=true"),
              testing::HasSubstr("'hardware': 'logits_fp16' needs 'activation_bits'"));
  EXPECT_THAT(
      test::input_error([&] {
        train::load_settings(plain, {"product_format=bfloat16", "hardware.activation_bits=9"});
      }),
      testing::HasSubstr("'product_format: bfloat16' keeps 8 bits of every sum; codes of more need float32"));
  EXPECT_EQ(train::load_settings(plain, {"product_format=bfloat16", "hardware.activation_bits=8"}).products(),
            train::ProductFormat::BFloat16);
  for (const char* use : {"hardware.activation_bits=8", "hardware.output_noise=0.01"})
    EXPECT_EQ(train::load_settings(plain, {"hardware.interlayer=host", use}).hardware.interlayer,
              graph::Interlayer::Host)
        << use;
  for (const char* use : {"hardware.adc_bits=8", "hardware.output_noise=0.01"})
    EXPECT_EQ(train::load_settings(plain, {"hardware.tile_rows=256", use}).hardware.tile_rows, 256) << use;
  EXPECT_THAT(test::input_error([&] { train::load_settings(hardware_aware, {"hardware.weight_clip=1"}); }),
              testing::HasSubstr("give either 'weight_clip' or 'weight_clip_sigma'"));
}

}  // namespace
}  // namespace phasecore
