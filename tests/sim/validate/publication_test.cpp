// Files of published figures, and what chips say they were fitted on.
#include "sim/validate/publication.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>

#include "tests/support/support.hpp"

namespace phasecore::validate {
namespace {

const std::string kHead = "schema: phasecore.validation/1\nsource: S\nrows:\n";
const std::string kTail = "    measure: device\n    of: {device: hermes-2, x: 0.5, figure: drift_mean}\n";

std::string row(const std::string& id, const std::string& rest) {
  return "  - id: " + id + "\n    what: W\n" + rest + kTail;
}

/// What loading this as the only shipped file says.
std::string refusal(const std::string& content) {
  const test::TempDirectory configs;
  std::filesystem::create_directory(configs / "validation");
  test::write_text(configs / "validation/a.yaml", content);
  ::setenv("PHASECORE_CONFIGS", configs.path().c_str(), 1);
  const std::string said = test::input_error([] { load_publications(); });
  ::unsetenv("PHASECORE_CONFIGS");
  return said;
}

void expect_refused(const std::string& rows, const std::string& message) {
  const std::string said = refusal(kHead + rows);
  EXPECT_NE(said.find(message), std::string::npos) << message << "\n" << said;
}

TEST(Publication, IsRefusedWithThePlaceOfEachProblem) {
  const std::string exact = "    kind: exact\n    published: 1\n    unit: ns\n    compared: equal\n";
  const std::string fitted =
      "    kind: calibrated\n    published: 1\n    unit: ns\n    tolerance_pct: 5\n    compared: equal\n";
  expect_refused(row("a", exact) + row("a", exact), "a.yaml:12:5: error: row 'a' stands at ");
  expect_refused(row("a", fitted), "a.yaml:9:20: error: 'rows[0]': what is calibrated is met within 2 %");
  expect_refused(row("a", exact + "    tolerance_pct: 1\n"), "an exact row has no tolerance_pct");
  expect_refused(row("a", "    kind: predicted\n    published: 1\n    unit: ns\n    compared: equal\n"),
                 "a row that is not exact needs tolerance_pct");
  expect_refused(row("a", "    kind: exact\n    unit: ns\n    compared: equal\n"),
                 "only a predicted row may do without `published`");
  expect_refused(row("a", "    kind: predicted\n    unit: ns\n    tolerance_pct: 1\n    compared: equal\n"),
                 "without `published` there is nothing to deviate from");
  expect_refused(row("a", "    kind: exact\n    published: 0\n    unit: ns\n    compared: equal\n"),
                 "published must not be 0");
  expect_refused("  - id: a\n    what: W\n" + exact + "    measure: devices\n    of: {}\n",
                 "did you mean 'device'");
  expect_refused("  - id: a\n    what: W\n" + exact +
                     "    measure: device\n    of: {device: hermes-2, x: 2, figur: drift_mean}\n",
                 "figur");
  EXPECT_NE(refusal("schema: x\nsource: S\nrows: []\n").find("schema 'x' is not known"), std::string::npos);
}

/// "key: value  # ...; fitted_on: row, row" of the shipped chips, as "chip key" -> rows.
std::map<std::string, std::vector<std::string>> fitted_constants() {
  std::map<std::string, std::vector<std::string>> fitted;
  for (const std::string& chip : common::shipped(config::chip_files)) {
    std::istringstream lines(test::read_text(test::source_path("configs/chips/" + chip + ".yaml")));
    const std::regex constant(R"(^\s*(\w+):.*fitted_on: (.*)$)");
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (!std::regex_match(line, match, constant)) {
        EXPECT_EQ(line.find("fitted_on"), std::string::npos) << line;
        continue;
      }
      std::istringstream rows(match[2].str());
      for (std::string row; std::getline(rows >> std::ws, row, ',');)
        fitted[chip + " " + match[1].str()].push_back(row);
    }
  }
  return fitted;
}

TEST(Publication, ConstantsOfChipsAreFittedOnCalibratedRowsAlone) {
  std::map<std::string, Kind> kinds;
  for (const Publication& publication : load_publications())
    for (const Row& row : publication.rows) kinds[row.id] = row.kind;
  const auto fitted = fitted_constants();
  for (const auto& [constant, rows] : fitted)
    for (const std::string& row : rows) {
      ASSERT_EQ(kinds.count(row), 1u) << constant << ": " << row;
      EXPECT_EQ(kinds[row], Kind::Calibrated) << constant << ": " << row;
    }
  for (const char* chip : {"hermes", "hermes-mesh"})
    for (const char* key :
         {"one_phase_overhead_ns", "four_phase_overhead_ns", "pipeline_cycles", "peak_factor", "mvm_once_pj",
          "mvm_fixed_pj", "digital_pj_per_output", "waiting_mw"})
      EXPECT_EQ(fitted.count(std::string(chip) + " " + key), 1u) << chip << " " << key;
  for (const char* constant : {"hermes router_latency_cycles", "analog-fabric-48 one_phase_overhead_ns",
                               "analog-fabric-48 mvm_fixed_pj", "garofalo-34 one_phase_overhead_ns",
                               "bruschi-512 one_phase_overhead_ns"})
    EXPECT_EQ(fitted.count(constant), 1u) << constant;
}

TEST(Publication, EveryCalibratedTimeAndEnergyHasAConstantThatWasFittedOnIt) {
  std::map<std::string, int> used;
  for (const auto& [constant, rows] : fitted_constants())
    for (const std::string& row : rows) ++used[row];
  int calibrated = 0;
  for (const Publication& publication : load_publications())
    for (const Row& row : publication.rows) {
      // Operations per second and watt say the same as times and energies once more.
      if (row.kind != Kind::Calibrated || row.id.rfind("hermes.peak_tops", 0) == 0) continue;
      ++calibrated;
      EXPECT_GE(used[row.id], 1) << row.id;
    }
  EXPECT_GE(calibrated, 14);
}

}  // namespace
}  // namespace phasecore::validate
