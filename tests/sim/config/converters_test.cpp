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

/// hermes-mesh with converters whose resolution costs time where theirs can.
Chip buying_time(const std::string& part) {
  if (part == "cco") return with(part, "adc: {cco_longer_pulse: true}\n");
  return with(part);
}

double adc_pj(const Chip& chip, int bits) {
  return mvm_energy(chip, 256, 256, bits).adc_pj;
}

TEST(Converters, TakeMoreTimeAndEnergyForMoreBits) {
  for (const char* part : {"cco", "ramp", "sar"}) {
    const Chip chip = buying_time(part);
    // Oscillators run as long as the pulse, which lasts 128 ns at least: time for 416 counts.
    const bool oscillates = part == std::string("cco");
    for (const auto& [few, many] : {std::pair{4, 6}, {6, 8}, {8, 12}}) {
      if (oscillates && many <= 8) {
        EXPECT_EQ(chip.mvm_ns(many), chip.mvm_ns(few)) << part;
        EXPECT_EQ(adc_pj(chip, many), adc_pj(chip, few)) << part;
      } else {
        EXPECT_GT(chip.mvm_ns(many), chip.mvm_ns(few)) << part << many;
        EXPECT_GT(adc_pj(chip, many), adc_pj(chip, few)) << part << many;
      }
    }
  }
}

TEST(Converters, OfTheShippedChipsTakeNoTimeOfTheirOwn) {
  EXPECT_EQ(load_chip("hermes").mvm_ns(16), load_chip("hermes").mvm_ns(4));
  EXPECT_EQ(load_chip("hermes-mesh").mvm_ns(16), load_chip("hermes-mesh").mvm_ns(4));
}

TEST(Converters, ThatRampTakeAllTheirStepsInEachPhase) {
  const Chip chip = buying_time("ramp");
  EXPECT_DOUBLE_EQ(chip.mvm_ns(8), 4 * (128 + 2 + 0.3 * 256));
  EXPECT_DOUBLE_EQ(chip.mvm_ns(10), 4 * (128 + 2 + 0.3 * 1024));
}

TEST(Converters, OfAStraightLineThatCountInThePulseCostEnergyAlone) {
  const Chip chip = load_chip("hermes-mesh");
  for (int bits = 4; bits < 16; ++bits) EXPECT_DOUBLE_EQ(adc_pj(chip, bits + 1), 2 * adc_pj(chip, bits));
}

TEST(Converters, OfPulsesThatAreLongEnoughReachTheirBits) {
  const Chip chip = buying_time("cco");
  const double periods = 35.0 * 100 / 1.07692 * 1e-3 * 128;  // 416
  const adc::Read read = chip.read_of(12);
  EXPECT_NEAR(read.pulse_ns, 128 * 4095 / periods, 1e-5);
  EXPECT_EQ(chip.adc.type().law(read).max_count, 4095);
  EXPECT_DOUBLE_EQ(chip.mvm_ns(12), 4 * (read.pulse_ns + 2));
  // The modulators, the array and the oscillators run as long.
  const MvmEnergy fine = mvm_energy(chip, 256, 256, 12), coarse = mvm_energy(chip, 256, 256, 8);
  for (const auto part : {&MvmEnergy::adc_pj, &MvmEnergy::dac_pj, &MvmEnergy::array_pj})
    EXPECT_NEAR(fine.*part / (coarse.*part), read.pulse_ns / 128, 1e-9);
}

TEST(Converters, ThatColumnsShareTakeTurns) {
  const Chip chip = with("sar");
  EXPECT_DOUBLE_EQ(chip.mvm_ns(8), 4 * (128 + 2 + 8 * 9 * 0.0926));
  EXPECT_DOUBLE_EQ(adc_pj(chip, 8), 4 * 34e-3 * 256 * 256);
  const Chip shared = with("sar", "adc: {sar_columns_per_adc: 256}\n");
  EXPECT_DOUBLE_EQ(shared.mvm_ns(8), 4 * (128 + 2 + 256 * 9 * 0.0926));
  EXPECT_EQ(adc_pj(shared, 8), adc_pj(chip, 8));
  EXPECT_NEAR(chip.core_area_mm2() - load_chip("hermes-mesh").core_area_mm2(), 32 * 0.0015, 1e-12);
  EXPECT_NEAR(shared.core_area_mm2() - load_chip("hermes-mesh").core_area_mm2(), 0.0015, 1e-12);
  EXPECT_EQ(with("sar", "crossbar: {columns: 4}\n").mvm_ns(8), 4 * (128 + 2 + 4 * 9 * 0.0926));
  EXPECT_DOUBLE_EQ(chip.adc.type().area_mm2(9), 2 * 0.0015) << "the ninth column needs a converter, too";
}

}  // namespace
}  // namespace phasecore::config
