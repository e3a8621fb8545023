// A search whose networks are trained on the way, with the real trainer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "models/onnx/onnx.hpp"
#include "tests/app/program.hpp"
#include "tests/models/graph/tensors.hpp"
#include "tests/support/support.hpp"

namespace phasecore::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Three small networks, trained on 256 images for one epoch, the front for one more.
std::string arguments(const std::string& out, const std::string& more = "") {
  return "search demo --set budget.evaluations=3 --set population=3 --set surrogate.enabled=false "
         "--set evaluator.kind=train --set evaluator.recipe=alone-fmnist "
         "--set "
         "'evaluator.recipe_set=[\"epochs=1\",\"warmup_epochs=0\",\"hardware.noise_ramp_epochs=0\","
         "\"training_images=256\",\"noisy_validation."
         "instances=0\"]' "
         "--set evaluator.fine_tune_epochs=1 "
         "--set evaluator.calibration_images=32 --set evaluator.monte_carlo.images=32 "
         "--set evaluator.final.images=32 --set 'space_set=[\"max_macs=1500000\"]' --workers 2 --out " +
         out + " " + more;
}

std::vector<std::string> trained_networks(const std::string& out) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(out + "/trained"))
    if (entry.path().extension() == ".onnx") names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(TrainedSearch, TrainsEveryCandidateOnceAndTheFrontFurther) {
  const TempDirectory place;
  const std::string out = place / "s";
  const CommandResult first = phasecore(arguments(out));
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("Trained for 1 epochs more"));
  const auto report = nlohmann::json::parse(read_text(out + "/report.json"));
  const auto& front = report.at("front");
  ASSERT_FALSE(front.empty());
  for (const auto& member : front) {
    EXPECT_TRUE(member.at("fine_tuned").contains("accuracy@1d"));
    const std::string folder = out + "/front/" + std::to_string(member.at("id").get<int>());
    const auto network = onnx::read(folder + "/network.onnx");
    const auto fine_tuned = onnx::read(folder + "/fine-tuned.onnx");
    ASSERT_EQ(network.layers.size(), fine_tuned.layers.size());
    EXPECT_NE(test::tensor_of(network.layers[1], "weight").values,
              test::tensor_of(fine_tuned.layers[1], "weight").values);
  }
  std::istringstream table(read_text(out + "/fine_tuned.csv"));
  std::string line;
  std::size_t lines = 0;
  while (std::getline(table, line)) ++lines;
  EXPECT_EQ(lines, 1 + front.size());
  // Every training has one log, with one line for its epoch and one for its end: nothing was trained twice.
  for (const auto& entry : fs::directory_iterator(out + "/trained")) {
    EXPECT_EQ(entry.path().string().find(".working."), std::string::npos) << entry.path();
    if (entry.path().extension() != ".jsonl") continue;
    const std::string log = read_text(entry.path());
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  }
  const auto trained = trained_networks(out);
  EXPECT_EQ(trained.size(), 3 + front.size());

  // Nothing is left to do: the resumed search reads what it has, and writes the same.
  const CommandResult again = phasecore(arguments(out, "--resume"));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(trained_networks(out), trained);
}

TEST(TrainedSearch, RefusesARecipeThatNoCandidateCouldFollow) {
  const TempDirectory place;
  const auto refused = [&](const std::string& more) {
    const CommandResult result =
        phasecore("search demo --set evaluator.kind=train --out " + (place / "x") + " " + more);
    EXPECT_EQ(result.exit_code, 2) << more;
    EXPECT_FALSE(fs::exists(place / "x")) << more;
    return result.err;
  };
  EXPECT_THAT(refused("--set evaluator.recipe=alone-fmnist --set 'evaluator.recipe_set=[\"epochs=1\"]'"),
              HasSubstr("'warmup_epochs' must be smaller than 'epochs'"));
  EXPECT_THAT(refused("--set evaluator.recipe=alone-fmnist --set 'evaluator.recipe_set=[\"epoch=9\"]'"),
              HasSubstr("unknown key 'epoch'"));
  EXPECT_THAT(refused("--set evaluator.recipe=resnet8-fmnist-hwa"),
              HasSubstr("starts from a network of its own"));
  EXPECT_THAT(refused("--set evaluator.recipe=supernet-fmnist"), HasSubstr("is of a supernet"));
}

TEST(TrainedSearch, NeedsAPlaceForItsNetworks) {
  const CommandResult result =
      phasecore("search demo --set evaluator.kind=train --set evaluator.recipe=alone-fmnist");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("give --out"));
}

TEST(TrainedSearch, RefusesARecipeThatIsNotThere) {
  const TempDirectory place;
  const CommandResult result = phasecore(
      "search demo --set evaluator.kind=train --set evaluator.recipe=alone-fminst --out " + (place / "x"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean 'alone-fmnist'"));
  EXPECT_FALSE(fs::exists(place / "x"));
}

}  // namespace
}  // namespace phasecore::test
