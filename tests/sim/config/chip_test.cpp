#include "sim/config/chip.hpp"

#include <gtest/gtest.h>

#include "sim/config/chip_checks.hpp"
#include "tests/support/support.hpp"

namespace phasecore::config {
namespace {

TEST(ReadModes, TakeThePublishedTimes) {
  EXPECT_DOUBLE_EQ(load_chip("hermes").mvm_ns(12), 520.0);                                  // LG
  EXPECT_DOUBLE_EQ(load_chip("hermes", {"crossbar.read_mode=1-phase"}).mvm_ns(12), 133.0);  // LG
  EXPECT_DOUBLE_EQ(load_chip("analog-fabric-48").mvm_ns(12), 40.0);                         // AN
  EXPECT_DOUBLE_EQ(load_chip("hermes", {"crossbar.input_bits=6"}).mvm_ns(12),
                   4 * (32.0 + 2));  // shorter pulse
}

TEST(Offset, IsTwoIntegersThatAreNotBothZero) {
  EXPECT_EQ(parse_offset("1,0"), (std::array<int, 2>{1, 0}));
  EXPECT_EQ(parse_offset("-2,+1"), (std::array<int, 2>{-2, 1}));
  for (const char* wrong :
       {"", ",", "1", "1,", ",1", "0,0", "1,0,0", "1.0,2", "a,1", "1,-", " 1,0", "12345678,0"})
    EXPECT_FALSE(parse_offset(wrong)) << wrong;
}

/// The message of loading a chip with assignments, without its place and those of the other keys.
std::string refusal(const std::string& chip, const std::vector<std::string>& assignments) {
  const std::string text = test::input_error([&] { load_chip(chip, assignments); });
  const auto at = text.find("error: ");
  return at == std::string::npos ? text : text.substr(at + 7, text.find("\n  with ") - at - 7);
}

constexpr const char* kLinks =
    ", link_clock_ps: 1000, link_bytes_per_cycle: 16, link_latency_cycles: 20, link_pj_per_byte: 8}";

TEST(Chip, MayBeOneOfSeveral) {
  const Chip one = load_chip("hermes-mesh");
  const Chip two = load_chip("hermes-mesh", {std::string("chips={count: 2, row: 3") + kLinks});
  EXPECT_FALSE(one.chips.has_value());
  EXPECT_EQ(two.chips->row, 3);
  EXPECT_EQ(two.cores(), 2 * one.cores());
  EXPECT_DOUBLE_EQ(two.area_mm2(), 2 * one.area_mm2());
}

TEST(Chip, RefusesWhatDoesNotFitTogether) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"hermes-mesh", "host.column=8",
       "the shared host port at column 8, row 0 is outside the grid of 8 x 8 cores (both count from 0)"},
      {"hermes-mesh", "grid.rows=0", "'grid.rows' is 0; allowed is 1 to 64"},
      {"hermes-mesh", "network.topology=dedicated",
       "'network': topology: dedicated needs at least one of `offsets`"},
      {"hermes", "host.link=shared", "network.topology: dedicated needs host.link: per-core"},
      {"hermes", "network.offsets=[\"1;0\"]",
       "'network': offset '1;0' is not of the form dx,dy with integers that are not both 0"},
      {"hermes-mesh", "memory.bytes=0",
       "host.interlayer: network needs activation memory (memory.bytes > 0)"},
      {"hermes-mesh", "memory.read_bytes_per_cycle=0",
       "'memory': memory with bytes > 0 needs read_bytes_per_cycle > 0"},
      {"hermes-mesh", "mapping.margin=256", "mapping.margin = 256 leaves nothing of a crossbar of 256 x 256"},
      {"hermes-mesh", "network.buffer_flits=32",
       "network.buffer_flits = 32 cannot hold the largest packet of 33 flits (512 bytes and the header); "
       "raise it or "
       "network.flit_bytes"},
      {"hermes", "adc.cco_a_mhz_per_ua=0", "'adc.cco_a_mhz_per_ua' is 0; allowed is 1e-06 to 1000000 MHz/uA"},
      {"hermes-mesh", "adc.cco_a_mhz_per_ua=35",
       "'adc.cco_a_mhz_per_ua' is a key of law: cco, not of law: linear"},
      {"hermes-mesh", "area.array_mm2=1.5", "area.core_mm2 is smaller than array, memory and router in it"},
      {"hermes-mesh", "not_modelled=[hosts]",
       "not_modelled: 'hosts' is not known; allowed: host, shared_area, polarity_saturation; did you mean "
       "'host'?"},
      {"hermes-mesh", "not_modelled=[programming]",
       "not_modelled: 'programming' is modelled now (keys programming and compensation); leave it out"},
      {"hermes-mesh", "programming.endurance_low=1e9",
       "'programming': endurance_low is above endurance_high"},
      {"hermes-mesh", "energy.host_pj_per_byte=1",
       "energy.host_pj_per_byte is given, but not_modelled names host; set one of them"},
      {"hermes-mesh", std::string("chips={count: 65, row: 0") + kLinks,
       "'chips.count' is 65; allowed is 2 to 64"},
      {"hermes-mesh", std::string("chips={count: 2, row: 8") + kLinks,
       "chips.row = 8 is outside the grid of 8 rows (counted from 0)"},
      {"hermes", std::string("chips={count: 2, row: 0") + kLinks,
       "several chips need a network.topology with routers, not dedicated"},
      {"hermes-mesh", std::string("chips={count: 1, row: 0") + kLinks,
       "'chips.count' is 1; allowed is 2 to 64"},
      {"hermes-mesh", "power.gated_mw=50",
       "'power': a gated core takes no more than a waiting one, but gated_mw = 50 is above waiting_mw = "
       "49.2"},
      {"hermes-mesh", "energy.core_static_mw=5", "'energy.core_static_mw' is called 'power.waiting_mw' now"},
      {"hermes-mesh", "energy.unused_core_power_mw=5",
       "'energy.unused_core_power_mw' is called 'power.off_mw' now"},
      {"hermes-mesh", "energy.core_static=5", "unknown key 'energy.core_static'"},
      {"hermes-mesh", "schema=phasecore.chip/2",
       "schema 'phasecore.chip/2' is not known; allowed: phasecore.chip/1"},
  };
  for (const auto& [chip, assignment, message] : cases)
    EXPECT_EQ(refusal(chip, {assignment}), message) << assignment;
}

TEST(Chip, WithDedicatedLinksHasTheHostBetweenLayersWhateverItsMemory) {
  EXPECT_EQ(refusal("hermes", {"memory.bytes=65536", "memory.clock_ps=1000", "memory.read_bytes_per_cycle=32",
                               "host.interlayer=network"}),
            "network.topology: dedicated needs host.interlayer: host (its links serve one layer only)");
}

TEST(Chip, OfSeveralAreAtMost4096CoresTogether) {
  const auto chips = [](int count) { return "chips={count: " + std::to_string(count) + ", row: 0" + kLinks; };
  EXPECT_EQ(load_chip("hermes-mesh", {chips(64)}).cores(), 4096);
  EXPECT_EQ(refusal("hermes-mesh", {"grid.columns=32", "grid.rows=32", chips(5)}),
            "chips.count * grid.columns * grid.rows is 5120; allowed: at most 4096 cores");
  EXPECT_EQ(refusal("hermes-mesh", {"grid.columns=64", "grid.rows=32", chips(2)}),
            "grid.columns * grid.rows is 2048; allowed: at most 1024 cores");
}

TEST(Chip, AcceptsTheWhatIfsOfADesignStudy) {
  for (const char* assignment :
       {"adc.bits=6", "crossbar.read_mode=1-phase", "network.flit_bytes=4", "network.flit_bytes=64",
        "grid.columns=16", "crossbar.rows=128", "mapping.tiling=ceil", "device=pcm-90nm",
        "layers.stem.digital=true", "energy.operating_point=peak", "layers.\"block3.*\".adc_bits=10",
        "mapping.overlap_mvm_digital=false", "numbers.logits_fp16=false"})
    EXPECT_NO_THROW(load_chip("hermes-mesh", {assignment})) << assignment;
  EXPECT_NO_THROW(load_chip("hermes-mesh", {"energy.host_pj_per_byte=1", "not_modelled=[shared_area]"}));
  const Chip c = load_chip("hermes-mesh", {"layers.stem.digital=true", "layers.\"block3.*\".adc_bits=10"});
  ASSERT_EQ(c.layers.size(), 2u);
  EXPECT_EQ(c.layers[0].first, "stem");
  EXPECT_EQ(c.layers[0].second.digital, true);
  EXPECT_FALSE(c.layers[0].second.adc_bits.has_value());
  EXPECT_EQ(c.layers[1].second.adc_bits, 10);
}

TEST(Area, OfShippedChipsIsThePublishedOne) {
  EXPECT_DOUBLE_EQ(load_chip("hermes").area_mm2(), 144.0);  // LG
  EXPECT_DOUBLE_EQ(load_chip("hermes").core_area_mm2(), 1.392);
  EXPECT_DOUBLE_EQ(load_chip("hermes-mesh").area_mm2(), 64 * 1.542 + 54.912);
  EXPECT_DOUBLE_EQ(load_chip("analog-fabric-48").area_mm2(), 48 * 1.2);  // AN
}

TEST(Area, GrowsWithCrossbarMemoryLinksAndGrid) {
  const double base = load_chip("hermes-mesh").area_mm2();
  const auto area = [](const char* setting) { return load_chip("hermes-mesh", {setting}).area_mm2(); };
  EXPECT_NEAR(area("crossbar.rows=512"), base + 64 * 0.635, 1e-9);  // the MVM part twice
  EXPECT_NEAR(area("crossbar.columns=128"), base - 64 * 0.635 / 2, 1e-9);
  EXPECT_NEAR(area("memory.bytes=131072"), base + 64 * 0.1, 1e-9);
  EXPECT_NEAR(area("network.flit_bytes=32"), base + 64 * 0.05, 1e-9);
  EXPECT_NEAR(area("grid.rows=4"), base - 32 * 1.542, 1e-9);
  EXPECT_EQ(area("adc.bits=8"), base);
}

TEST(Chip, SaysAllProblemsOfAFileAtOnce) {
  test::TempDirectory folder;
  test::write_text(
      folder / "chip.yaml",
      "base: hermes-mesh\nadc:\n  bit: 8\n  bits: 99\ngrid:\n  rows: 2.5\nhost:\n  link: shred\n");
  const std::string text = test::input_error([&] { load_chip(folder / "chip.yaml"); });
  for (const char* part :
       {"chip.yaml:3:3: error: ", "did you mean 'bits'?", "chip.yaml:4:9: error: 'adc.bits' is 99",
        "chip.yaml:6:9: error: 'grid.rows'", "chip.yaml:8:9: error: 'host.link'", "did you mean 'shared'?"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
}

}  // namespace
}  // namespace phasecore::config
