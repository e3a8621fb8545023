// Settings that stand in no file: the same keys, checks and bases; problems are placed by key.
#include "common/settings_text.hpp"

#include <gtest/gtest.h>

#include "sim/config/chip.hpp"
#include "tests/support/support.hpp"

namespace phasecore::config {
namespace {

using common::InputError;

Chip chip_of(const std::string& text, const std::vector<std::string>& assignments = {}) {
  return common::load_settings_text<Chip>(chip_files, text, "chip", assignments);
}

std::vector<std::string> places_of(const std::string& text,
                                   const std::vector<std::string>& assignments = {}) {
  std::vector<std::string> places;
  try {
    chip_of(text, assignments);
    ADD_FAILURE() << "nothing was refused";
  } catch (const InputError& e) {
    for (const auto& d : e.diagnostics()) places.push_back(common::to_string(d.where));
  }
  return places;
}

TEST(SettingsText, IsReadAsAFileOfThatTextIs) {
  const test::TempDirectory folder;
  const std::string text = "base: [hermes-mesh, digital_units/int8]\nname: mine\nadc: {bits: 6}\n";
  test::write_text(folder / "mine.yaml", text);
  EXPECT_EQ(common::dump_fields(chip_of(text)), common::dump_fields(load_chip(folder / "mine.yaml")));
  EXPECT_EQ(chip_of(text, {"adc.bits=5"}).adc.bits, 5);
}

TEST(SettingsText, MayBeJson) {
  EXPECT_EQ(chip_of(R"({"base": "hermes-mesh", "name": "mine \"\u00fc\"", "adc": {"bits": 6}})").name,
            "mine \"\xc3\xbc\"");
}

TEST(SettingsText, ProblemsAreAtTheirKeys) {
  EXPECT_EQ(places_of(R"({"base": "hermes-mesh", "name": "x", "adc": {"bits": 99, "bit": 3},
                          "layers": {"a*": {"adc_bits": 0}}})"),
            (std::vector<std::string>{"chip: adc.bits", "chip: adc.bit", "chip: layers.a*.adc_bits"}));
  EXPECT_EQ(
      places_of(R"({"base": "hermes-mesh", "name": "x", "network": {"offsets": ["1"]}, "grid": 3})").front(),
      "chip: grid");
}

TEST(SettingsText, ProblemsOfAssignmentsAndBasesStayWhereTheyStand) {
  EXPECT_EQ(places_of(R"({"base": "hermes-mesh", "name": "x"})", {"adc.bits=99"}),
            std::vector<std::string>{"--set"});
  const test::TempDirectory folder;
  test::write_text(folder / "wrong.yaml", "base: hermes-mesh\nadc:\n  bits: 99\n");
  EXPECT_EQ(places_of("base: " + (folder / "wrong.yaml") + "\nname: x\n"),
            std::vector<std::string>{(folder / "wrong.yaml") + ":3:9"});
}

TEST(SettingsText, ABaseThatIsNoneIsRefusedByName) {
  EXPECT_NE(test::input_error([] { chip_of("base: hermes-mush"); }).find("did you mean 'hermes-mesh'"),
            std::string::npos);
}

}  // namespace
}  // namespace phasecore::config
