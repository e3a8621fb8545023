// Converters: what a chip's file may say of them, and what types cost.
#include <gmock/gmock.h>

#include "common/diagnostics.hpp"
#include "common/fields.hpp"
#include "sim/config/chip.hpp"
#include "tests/support/support.hpp"

namespace phasecore::config {
namespace {

using testing::HasSubstr;

/// hermes-mesh with a shipped part on it, and `more` lines of YAML.
Chip with(const std::string& part, const std::string& more = "", const std::vector<std::string>& set = {}) {
  test::TempDirectory folder;
  test::write_text(folder / "chip.yaml", "base: [hermes-mesh, converters/" + part + "]\n" + more);
  return load_chip(folder / "chip.yaml", set);
}

std::string refusal(const std::function<void()>& load) {
  try {
    load();
  } catch (const common::InputError& e) {
    return e.what();
  }
  return "";
}

TEST(Converters, HaveTheKeysOfTheirTypeAlone) {
  const std::string linear = common::dump_fields(load_chip("hermes-mesh").adc);
  const std::string cco = common::dump_fields(load_chip("hermes").adc);
  EXPECT_THAT(linear, testing::Not(HasSubstr("cco_")));
  EXPECT_THAT(cco, HasSubstr("cco_gain_spread"));
  EXPECT_EQ(common::dump_fields(with("cco").adc), cco);
}

TEST(Converters, OfAnotherTypeLeaveNothingOfTheFileTheyChange) {
  const std::string linear = common::dump_fields(load_chip("hermes-mesh").adc);
  EXPECT_EQ(common::dump_fields(load_chip("hermes", {"adc.law=linear"}).adc), linear);
  EXPECT_EQ(common::dump_fields(with("cco", "adc: {law: linear}\n").adc), linear);
  EXPECT_EQ(common::dump_fields(with("cco", "", {"adc.law=linear", "adc.law=cco"}).adc),
            common::dump_fields(with("cco").adc));
}

TEST(Converters, RefuseKeysOfOtherTypes) {
  EXPECT_THAT(refusal([] { with("linear", "adc: {law: linear, cco_c_mhz: 50}\n"); }),
              HasSubstr("chip.yaml:2:31: error: 'adc.cco_c_mhz' is a key of law: cco, not of law: linear"));
  EXPECT_THAT(refusal([] { with("linear", "", {"adc.cco_c_mhz=50"}); }),
              HasSubstr("--set: error: 'adc.cco_c_mhz' is a key of law: cco, not of law: linear"));
  EXPECT_THAT(refusal([] {
                with("cco", "", {"adc.law=linear", "adc.cco_c_mhz=50"});
              }),
              HasSubstr("'adc.cco_c_mhz' is a key of law: cco, not of law: linear"));
}

TEST(Converters, NeedTheKeysOfTheirType) {
  EXPECT_THAT(refusal([] { load_chip("hermes-mesh", {"adc.law=cco"}); }),
              HasSubstr("missing key 'adc.cco_calibration_level'"));
}

TEST(Converters, AreDocumentedWhicheverTheChipHas) {
  bool found = false;
  for (const auto& doc : common::document_fields(load_chip("hermes-mesh")))
    if (doc.path == "adc.cco_b_per_ua") {
      found = true;
      EXPECT_FALSE(doc.applies);
      EXPECT_EQ(doc.value, "");
      EXPECT_EQ(doc.meaning, "with law: cco: B of the oscillator");
    }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace phasecore::config
