// Shipped files are complete, say where every value comes from, and are documented.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"
#include "tests/support/support.hpp"

namespace phasecore::config {
namespace {

/// Lines that hold a value ("key: value", "- key: value") without a source in their comment.
std::vector<std::string> lines_without_source(const std::string& text, int& values) {
  static const std::regex value(R"(^\s*(- )?[a-z0-9_]+:\s*[^#\s].*)");
  static const std::regex source(
      R"(#\s(LG|JSSC|AIHW|AN|BURR|TSAI|BUCH|ISAAC|RASCH|GARO|BRUS|PhaseCore|derived|assumption): \S.*)");
  std::vector<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!std::regex_match(line, value)) continue;
    ++values;
    if (!std::regex_search(line, source)) out.push_back(line);
  }
  return out;
}

TEST(ShippedFiles, SayWhereEveryValueComesFrom) {
  int values = 0;
  for (const auto& kind : {chip_files, device_files})
    for (const auto& name : common::shipped(kind)) {
      const auto text =
          test::read_text(test::source_path(std::string("configs/") + kind.folder + "/" + name + ".yaml"));
      EXPECT_EQ(text.find("\nbase:"), std::string::npos) << name << " hides keys in a base";
      EXPECT_THAT(lines_without_source(text, values), testing::IsEmpty()) << name;
    }
  EXPECT_GE(values, 5 * 70 + 3 * 18);
}

TEST(ShippedFiles, AreTheEightThatThePromiseNames) {
  EXPECT_THAT(common::shipped(chip_files), testing::ElementsAre("analog-fabric-48", "bruschi-512",
                                                                "garofalo-34", "hermes", "hermes-mesh"));
  EXPECT_THAT(common::shipped(device_files), testing::ElementsAre("hermes-1", "hermes-2", "pcm-90nm"));
  for (const auto& name : common::shipped(chip_files)) {
    const Chip chip = load_chip(name);
    EXPECT_EQ(chip.name, name);
    EXPECT_EQ(chip.what_if, name != "hermes");
    EXPECT_NO_THROW(load_device(chip.device));
  }
  for (const auto& name : common::shipped(device_files)) EXPECT_EQ(load_device(name).name, name);
}

TEST(ShippedFiles, HaveEveryKey) {
  int checked = 0;
  for (const auto& kind : {chip_files, device_files})
    for (const auto& name : common::shipped(kind)) {
      const std::string path =
          test::source_path(std::string("configs/") + kind.folder + "/" + name + ".yaml");
      const auto text = test::read_text(path);
      const auto docs = kind.folder == std::string("chips") ? common::document_fields(load_chip(name))
                                                            : common::document_fields(load_device(name));
      for (const auto& doc : docs) {
        const auto key = doc.path.substr(doc.path.rfind('.') + 1);
        if (doc.path.rfind("layers.", 0) == 0) continue;  // per-layer keys are optional
        if (!doc.applies) continue;                       // of another type of converters
        EXPECT_NE(text.find(key.substr(0, key.find('[')) + ":"), std::string::npos)
            << name << ": " << doc.path;
        ++checked;
      }
    }
  EXPECT_GE(checked, 5 * 70 + 3 * 18);
}

/// Shipped parts of chips: digital units.
constexpr common::SettingsKind kUnits{"digital_units", "digital unit"};

std::string part(const std::string& name) {
  return std::string(kUnits.folder) + "/" + name;
}

/// hermes-mesh with a part on it.
Chip with_part(const std::string& name) {
  test::TempDirectory folder;
  test::write_text(folder / "chip.yaml", "base: [hermes-mesh, " + part(name) + "]\n");
  return load_chip(folder / "chip.yaml");
}

TEST(DigitalUnits, SayWhereEveryValueComesFrom) {
  int values = 0;
  for (const auto& name : common::shipped(kUnits)) {
    const auto text = test::read_text(test::source_path("configs/" + part(name) + ".yaml"));
    EXPECT_THAT(lines_without_source(text, values), testing::IsEmpty()) << name;
  }
  EXPECT_EQ(values, 3 * 17);
}

/// All keys of a digital unit, so that two of them in a row leave nothing of the first, and nothing else.
TEST(DigitalUnits, SetAllThatBelongsToADigitalUnitAndNothingElse) {
  std::vector<std::string> expected;
  for (const auto& doc : common::document_fields(load_chip("hermes-mesh")))
    if (doc.type != "group" && (doc.path.rfind("digital.", 0) == 0 || doc.path.rfind("attention.", 0) == 0 ||
                                doc.path.rfind("energy.digital_", 0) == 0))
      expected.push_back(doc.path);
  EXPECT_EQ(expected.size(), 17u);
  for (const auto& name : common::shipped(kUnits)) {
    const common::YamlNode root = common::merged_settings(kUnits, name);
    std::vector<std::string> keys;
    for (const auto& group : root.members)
      for (const auto& member : group.value.members) keys.push_back(group.key + "." + member.key);
    EXPECT_THAT(keys, testing::UnorderedElementsAreArray(expected)) << name;
  }
}

TEST(DigitalUnits, TheOneOfTheShippedChipsIsTheLdpu) {
  EXPECT_EQ(common::dump_fields(with_part("ldpu")), common::dump_fields(load_chip("hermes-mesh")));
  EXPECT_NE(common::dump_fields(with_part("int8")), common::dump_fields(load_chip("hermes-mesh")));
}

/// BUCH, Extended Data Table 2: GELU of 256, 512, 768, 1024 values.
TEST(DigitalUnits, TakeThePublishedTimesAndEnergies) {
  const Chip chip = with_part("int8");
  const std::array<std::array<double, 3>, 4> gelu = {
      {{256, 22, 9.6}, {512, 38, 19.3}, {768, 54, 28.9}, {1024, 70, 38.5}}};
  for (const auto& [d, ns, pj] : gelu) {
    EXPECT_EQ(
        (chip.digital.pipeline_cycles + d / chip.digital.curve_values_per_cycle) * chip.digital.clock_ps,
        ns * 1e3);
    EXPECT_NEAR(d * chip.energy.digital_pj_per_curve, pj, 0.02 * pj);
  }
  EXPECT_NEAR(512 / chip.digital.normalised_values_per_cycle, 50, 1.5);
  EXPECT_NEAR(256 * chip.energy.digital_pj_per_normalised, 21, 0.1);
  for (const auto& [d, pj] : std::array<std::array<double, 2>, 2>{{{256, 9.4}, {1024, 37.7}}})
    EXPECT_NEAR(d * chip.energy.digital_pj_per_pooled, pj, 0.02 * pj);
  // Causal attention of 64 tokens of 256 values: each query sees itself and those before.
  const double macs = 2 * 64 * 65 / 2 * 256;
  EXPECT_NEAR(macs / chip.attention->macs_per_cycle * chip.digital.clock_ps, 4295e3, 0.001 * 4295e3);
  EXPECT_NEAR(macs * chip.attention->fj_per_mac * 1e-3, 23376, 0.01 * 23376);
  // 30 multiply-adds per cycle of 500 MHz.
  for (const char* name : {"int8", "ldpu-depthwise"}) {
    const Chip c = with_part(name);
    EXPECT_DOUBLE_EQ(c.digital.macs_per_cycle / c.digital.clock_ps, 30.0 / 2000) << name;
  }
}

/// The unit at the end of a key's name, as the documentation has to say it.
TEST(Documentation, GivesEveryKeyAMeaningAndTheUnitOfItsName) {
  const std::vector<std::array<std::string, 2>> suffixes = {
      {"_ns", "ns"}, {"_ps", "ps"}, {"_mw", "mW"}, {"_mm2", "mm2"}, {"_ua", "uA"},        {"_us", "uS"},
      {"_s", "s"},   {"_v", "V"},   {"_nj", "nJ"}, {"_pj", "pJ"},   {"_cycles", "cycle"}, {"_flits", "flit"}};
  const auto check_all = [&](const std::vector<common::FieldDoc>& docs) {
    for (const auto& doc : docs) {
      EXPECT_FALSE(doc.meaning.empty()) << doc.path;
      const bool ratio = doc.path.find("_per_") != std::string::npos;
      for (const auto& [suffix, unit] : suffixes) {
        if (ratio) break;
        const auto at = doc.path.rfind(suffix);
        if (at == std::string::npos || at + suffix.size() != doc.path.size()) continue;
        EXPECT_EQ(doc.unit, unit) << doc.path;
        break;
      }
      const bool pico = doc.path.find("_pj_per_") != std::string::npos;
      const bool femto = doc.path.find("_fj_per_") != std::string::npos;
      if (pico || femto) {
        EXPECT_EQ(doc.unit, pico ? "pJ" : "fJ") << doc.path;
      }
    }
  };
  const auto chip = common::document_fields(load_chip("hermes-mesh"));
  const auto device = common::document_fields(load_device("hermes-2"));
  check_all(chip);
  check_all(device);
  EXPECT_GE(chip.size(), 70u);
  EXPECT_GE(device.size(), 18u);
}

}  // namespace
}  // namespace phasecore::config
