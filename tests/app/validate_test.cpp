// phasecore validate: the claim that every published figure is met, or its deviation explained.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "tests/app/program.hpp"

namespace phasecore::test {
namespace {

using nlohmann::json;

TEST(ValidateCommand, EveryPublishedFigureIsMetOrItsDeviationExplained) {
  const json document = phasecore_json("validate");
  EXPECT_EQ(document["schema"], "phasecore.validate/1");
  std::map<std::string, json> rows;
  std::map<std::string, int> kinds;
  for (const json& row : document["rows"]) {
    const std::string id = row["id"];
    rows[id] = row;
    ++kinds[row["kind"]];
    if (!row["not_run"].is_null()) {
      EXPECT_TRUE(row["ours"].is_null()) << id;
      EXPECT_NE(id.find("accuracy"), std::string::npos) << id << " needs no data";
      continue;
    }
    if (row["published"].is_null()) {
      EXPECT_EQ(row["kind"], "predicted") << id;
      EXPECT_TRUE(row["ok"].is_null() && row["error_pct"].is_null() && row["tolerance_pct"].is_null()) << id;
      continue;
    }
    EXPECT_TRUE(row["kind"] == "predicted" || row["ok"].get<bool>()) << id << ": " << row["ours"];
    EXPECT_TRUE(row["ok"].get<bool>() || row["reason"].is_string()) << id << ": " << row["ours"];
  }
  EXPECT_EQ(rows.size(), document["rows"].size());
  EXPECT_GE(kinds["exact"], 25);
  EXPECT_GE(kinds["calibrated"], 20);
  EXPECT_GE(kinds["predicted"], 35);
  EXPECT_NEAR(rows["an.resnet32.time_ms"]["ours"].get<double>(), 0.43395, 1e-9);
  EXPECT_NEAR(rows["resnet9_layer.latency_ns.1phase"]["ours"].get<double>(), 1130.5, 1e-6);
  EXPECT_NEAR(rows["lstm504.latency_ns.4phase"]["ours"].get<double>(), 1415, 1e-6);
  EXPECT_NEAR(rows["lstm504.energy_nj.1phase"]["ours"].get<double>(), 4119.0, 0.1);
  EXPECT_NEAR(rows["garofalo.layer_112_ms"]["ours"].get<double>(), 1.63072, 1e-9);
}

TEST(ValidateCommand, RefusesDataThatCannotBeReadAtOnce) {
  const CommandResult result = phasecore("validate --data cifar10:nowhere");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("nowhere/test_batch.bin"), std::string::npos) << result.err;
  EXPECT_EQ(result.out, "");
}

TEST(ValidateCommand, ThePageOfTheDocumentsIsItsOutput) {
  const CommandResult printed = phasecore("validate --markdown");
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_EQ(printed.out, read_text(source_path("docs/validation.md")))
      << "phasecore validate --markdown >docs/validation.md";
}

/// Chips and devices as shipped, and no publication.
void ship_settings(const TempDirectory& configs) {
  for (const char* folder : {"chips", "devices", "digital_units"})
    std::filesystem::copy(source_path(std::string("configs/") + folder), configs / folder);
  std::filesystem::create_directory(configs / "validation");
}

TEST(ValidateCommand, DoesNotRunAccuraciesWithoutImagesAndRefusesImagesThatNoRowNeeds) {
  const TempDirectory configs;
  ship_settings(configs);
  write_text(
      configs / "validation/a.yaml",
      "schema: phasecore.validation/1\nsource: S\nrows:\n  - {id: a, what: W, kind: predicted, published: "
      "90, unit: p, tolerance_pct: 1, compared: equal, measure: accuracy, of: {network: resnet8-fmnist, "
      "data: fashion-mnist, chip: hermes, set: [], device: hermes-2, compensation: gdc, time: 1d, samples: "
      "10, instances: 1}}\n");
  const std::string command = "PHASECORE_ZOO='" + source_path("models/zoo") + "' PHASECORE_CONFIGS='" +
                              configs.path() + "' " + PHASECORE_PROGRAM + " validate";
  const CommandResult without = run_command(command);
  EXPECT_EQ(without.exit_code, 0) << without.err;
  EXPECT_NE(without.out.find("a: not run: needs the images: --data fashion-mnist:DIR"), std::string::npos)
      << without.out;
  const CommandResult with = run_command(command + " --data fashion-mnist --json");
  EXPECT_TRUE(json::parse(with.out)["rows"][0]["ours"].is_number()) << with.err;
  std::string other = read_text(configs / "validation/a.yaml");
  other.replace(other.find("data: fashion-mnist"), 19, "data: cifar10");
  write_text(configs / "validation/a.yaml", other);
  const CommandResult refused = run_command(command + " --data fashion-mnist");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("no row needs the data set of --data fashion-mnist; they need cifar10"),
            std::string::npos)
      << refused.err;
}

TEST(ValidateCommand, EndsWithOneWhereARowDeviatesForNoKnownReason) {
  const TempDirectory configs;
  ship_settings(configs);
  const std::string row =
      "schema: phasecore.validation/1\nsource: S\nrows:\n  - {id: a, what: W, kind: exact, published: 2, "
      "unit: ns, "
      "compared: equal, measure: device, of: {device: hermes-2, x: 0.5, figure: drift_mean}";
  const std::string command = "PHASECORE_CONFIGS='" + configs.path() + "' " + PHASECORE_PROGRAM + " validate";
  write_text(configs / "validation/a.yaml", row + "}\n");
  const CommandResult failed = run_command(command);
  EXPECT_EQ(failed.exit_code, 1) << failed.err;
  EXPECT_NE(failed.out.find("1 rows: 0 beyond their tolerance for a known reason, 1 for none; 0 not run"),
            std::string::npos)
      << failed.out;
  write_text(configs / "validation/a.yaml", row + ", reason: R}\n");
  EXPECT_EQ(run_command(command).exit_code, 0);
  write_text(configs / "validation/a.yaml", row + ", reasons: R}\n");
  const CommandResult refused = run_command(command);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("a.yaml:4:"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace phasecore::test
