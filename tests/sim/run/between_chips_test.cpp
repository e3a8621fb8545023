// What crosses from chip to chip, against the flits that the cycle-level chip counted.
#include "sim/run/between_chips.hpp"

#include <gtest/gtest.h>

#include "sim/run/simulate.hpp"
#include "tests/sim/numerics/toy.hpp"

namespace phasecore::run {
namespace {

constexpr const char* kChips =
    "chips={count: 4, row: 1, link_clock_ps: 1000, link_bytes_per_cycle: 1, link_latency_cycles: 20, "
    "link_pj_per_byte: 8}";

Report report(const std::string& objective, Engine engine) {
  // A flit is a byte, here and between chips, and a packet nothing but its bytes: flits are bytes.
  config::Chip chip =
      config::load_chip("hermes-mesh", {kChips, "network.flit_bytes=1", "network.header_flits=0",
                                        "network.buffer_flits=512", "mapping.objective=" + objective});
  chip.grid = {2, 2};
  chip.host.column = chip.host.row = 0;
  Options options;
  options.engine = engine;
  ChipRunner chips;
  return simulate(test::toy_network(), chip, config::load_device("hermes-2"), nullptr, options, chips);
}

TEST(BetweenChips, AreTheBytesThatTheChipsLinksCarried) {
  for (const char* objective : {"one-to-one", "throughput"}) {
    const Report r = report(objective, Engine::Chip);
    ASSERT_EQ(r.chip_links.size(), 6u) << objective;
    long long all = 0;
    for (const ChipLinkReport& link : r.chip_links) {
      long long flits = 0;
      double busy_ns = 0;
      for (const LinkReport& used : r.links)
        if (used.from / 4 == link.from_chip && used.to / 4 == link.to_chip && used.from >= 0 &&
            used.to >= 0) {
          flits += used.flits;
          busy_ns += used.busy_ns;
        }
      EXPECT_EQ(link.bytes, flits) << objective << ", " << link.from_chip << " to " << link.to_chip;
      EXPECT_DOUBLE_EQ(link.busy_ns.value(), busy_ns);
      EXPECT_DOUBLE_EQ(link.energy_nj, 8e-3 * static_cast<double>(link.bytes));
      EXPECT_EQ(std::abs(link.from_chip - link.to_chip), 1);
      all += link.bytes;
    }
    EXPECT_GT(all, 0) << objective;
  }
}

TEST(BetweenChips, AreTheSameBytesOnPaperWithoutTimes) {
  const Report chip = report("throughput", Engine::Chip), paper = report("throughput", Engine::Analytic);
  ASSERT_EQ(paper.chip_links.size(), chip.chip_links.size());
  for (std::size_t i = 0; i < chip.chip_links.size(); ++i) {
    EXPECT_EQ(paper.chip_links[i].bytes, chip.chip_links[i].bytes);
    EXPECT_FALSE(paper.chip_links[i].busy_ns.has_value());
  }
}

TEST(BetweenChips, IsNothingOnASingleChip) {
  ChipRunner chips;
  const Report r = simulate(test::toy_network(), config::load_chip("hermes-mesh"),
                            config::load_device("hermes-2"), nullptr, {}, chips);
  EXPECT_TRUE(r.chip_links.empty());
}

}  // namespace
}  // namespace phasecore::run
