// phasecore map --budget, as a user runs it.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kNetwork =
    "zoo:resnet8-fmnist-hwa --set digital.macs_per_cycle=37.5 --set mapping.objective=one-to-one ";
const std::string kImages = "--data fashion-mnist --samples 100 --instances 2 --repairs 2 ";

TEST(MapBudget, WritesTheMappingThatItHasChosenForAnyNumberOfWorkers) {
  const TempDirectory place;
  const std::string file = place / "mixed.yaml";
  const std::string map = "map " + kNetwork + kImages +
                          "--budget accuracy@1d=-1pp --by-mean --digital-cores 1 --out '" + file + "' ";
  const json found = phasecore_json(map + "--workers 1");
  const std::string written = read_text(file);
  EXPECT_EQ(found, phasecore_json(map + "--workers 2"));
  EXPECT_EQ(written, read_text(file));

  const json& budget = found["budget"];
  EXPECT_EQ(budget["kept"], true);
  json digital = json::array();
  for (const json& layer : budget["layers"])
    if (layer["digital"] == true) digital.push_back(layer["name"]);
  EXPECT_EQ(budget["on_test"][1]["digital"], digital);
  EXPECT_GE(digital.size(), 1u);
  EXPECT_LT(digital.size(), budget["layers"].size());
  for (const json& layer : found["layers"])
    for (const json& name : digital)
      if (layer["name"] == name) {
        EXPECT_EQ(layer["cores"], json{0}) << name;
      }
  const json run = phasecore_json(
      "simulate zoo:resnet8-fmnist-hwa --set digital.macs_per_cycle=37.5 --data none --engine analytic "
      "--mapping '" +
      file + "'");
  EXPECT_EQ(run["totals"]["interval_ns"], budget["on_test"][1]["interval_ns"]);
}

TEST(MapBudget, SaysWhereNothingKeepsItAndWritesNothing) {
  const TempDirectory place;
  const std::string file = place / "mixed.yaml";
  const CommandResult result =
      phasecore("map " + kNetwork + kImages + "--budget accuracy@1d=1 --out '" + file + "'");
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Nothing that was measured keeps the budget"));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(MapBudget, RefusesWhatDoesNotGoTogether) {
  const std::pair<std::string, std::string> cases[] = {
      {"--budget accuracy@1d=-1pp", "--budget needs --data"},
      {"--samples 5", "--samples needs --budget"},
      {"--curve", "--curve needs --budget"},
      {"--budget accuracy@1d=2 " + kImages, "a share is above 0 and at most 1"},
      {"--budget latency_ns=2 " + kImages, "that is no accuracy"},
      {"--budget accuracy@1d=-1pp --cost time " + kImages, "--cost is 'time'; allowed are interval_ns"},
      {"--budget accuracy@1d=-1pp --digital-cores 65 " + kImages, "has 64 cores"},
      {"--budget accuracy@1d=-1pp --mapping x.yaml " + kImages, "--budget chooses what --mapping says"}};
  for (const auto& [arguments, message] : cases) {
    const CommandResult result = phasecore("map " + kNetwork + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments << result.err;
    EXPECT_THAT(result.err, HasSubstr(message)) << arguments;
  }
}

}  // namespace
}  // namespace phasecore::test
