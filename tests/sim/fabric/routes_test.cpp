// Which way packets go, for every pair of places.
#include <gtest/gtest.h>

#include <set>

#include "all_pairs.hpp"
#include "sim/fabric/router_grid.hpp"
#include "sim/program/check_routes.hpp"
#include "tests/sim/program/layout.hpp"
#include "tests/support/support.hpp"

namespace phasecore::test {
namespace {

using program::LinkKind;

config::Chip chip_of(const std::string& topology, int columns, int rows) {
  config::Chip chip = config::load_chip("hermes-mesh");
  chip.grid = {columns, rows};
  chip.network.topology = topology;
  return chip;
}

int hops(const program::Route& route, const program::Platform& platform) {
  int count = 0;
  for (const program::Step& step : route) count += platform.links[step.link].kind == LinkKind::Hop;
  return count;
}

/// The routers (or cores, on circuits) of a route.
std::vector<int> places(const program::Route& route, const program::Platform& platform) {
  std::vector<int> places;
  for (const program::Step& step : route)
    if (program::is_listed(platform.links[step.link])) places.push_back(platform.links[step.link].to);
  return places;
}

TEST(Mesh, GoesAlongTheRowFirst) {
  const auto fabric = fabric::make(chip_of("mesh", 4, 3));
  EXPECT_EQ(places(fabric->route(0, 9), fabric->platform()), (std::vector<int>{1, 5, 9}));
  EXPECT_EQ(places(fabric->route(9, 0), fabric->platform()), (std::vector<int>{8, 4, 0}));
  EXPECT_EQ(fabric->route(0, 9).size(), 5u);  // and the links to and from the cores
}

TEST(Mesh, TakesTheManhattanDistanceBetweenAnyTwo) {
  const auto fabric = fabric::make(chip_of("mesh", 4, 3));
  for (int from = 0; from < 12; ++from)
    for (int to = 0; to < 12; ++to)
      EXPECT_EQ(hops(fabric->route(from, to), fabric->platform()),
                std::abs(from % 4 - to % 4) + std::abs(from / 4 - to / 4));
}

TEST(Torus, TakesTheShorterWayRoundEveryRing) {
  for (const auto& [columns, rows] : {std::pair{5, 4}, {3, 3}, {2, 6}, {1, 3}, {8, 1}}) {
    const auto fabric = fabric::make(chip_of("torus", columns, rows));
    const auto round = [](int distance, int length) { return std::min(distance, length - distance); };
    for (int from = 0; from < columns * rows; ++from)
      for (int to = 0; to < columns * rows; ++to)
        EXPECT_EQ(hops(fabric->route(from, to), fabric->platform()),
                  round(std::abs(from % columns - to % columns), columns) +
                      round(std::abs(from / columns - to / columns), rows))
            << columns << " x " << rows << ", " << from << " -> " << to;
  }
}

TEST(Torus, ChangesTheChannelWhereARingCloses) {
  const auto fabric = fabric::make(chip_of("torus", 6, 1));
  const program::Route way = fabric->route(4, 1);
  EXPECT_EQ(places(way, fabric->platform()), (std::vector<int>{5, 0, 1}));
  std::vector<int> channels;
  for (const program::Step& step : way) channels.push_back(step.channel);
  EXPECT_EQ(channels, (std::vector<int>{0, 0, 1, 1, 0}));  // the first and the last link are the cores'
}

TEST(HostWays, LeadThroughThePortOfTheChipsFile) {
  config::Chip chip = chip_of("mesh", 4, 3);
  chip.host.column = 1;
  chip.host.row = 2;
  const auto shared = fabric::make(chip);
  EXPECT_EQ(places(shared->route(program::kHost, 11), shared->platform()), (std::vector<int>{9, 10, 11}));
  EXPECT_EQ(places(shared->route(4, program::kHost), shared->platform()),
            (std::vector<int>{5, 9, program::kHost}));
  EXPECT_TRUE(shared->route(program::kHost, program::kHost).empty());
  chip.host.link = config::HostLink::PerCore;
  const auto own = fabric::make(chip);
  EXPECT_EQ(places(own->route(program::kHost, 11), own->platform()), (std::vector<int>{11}));
  EXPECT_EQ(places(own->route(4, program::kHost), own->platform()), (std::vector<int>{program::kHost}));
}

TEST(Dedicated, GoesOverTheFewestCircuitsThroughTheLowestCores) {
  config::Chip chip = config::load_chip("hermes");
  chip.grid = {3, 3};
  chip.network.offsets = {"1,0", "-1,0", "0,1", "0,-1"};
  const auto fabric = fabric::make(chip);
  EXPECT_EQ(places(fabric->route(0, 4), fabric->platform()), (std::vector<int>{1, 4}));
  EXPECT_EQ(places(fabric->route(8, 4), fabric->platform()), (std::vector<int>{5, 4}));
  chip.network.offsets = {"1,0"};
  expect_input_error([&] { fabric::make(chip)->route(1, 0); },
                     "error: network.offsets: no links lead from core 1 to core 0");
}

constexpr const char* kThreeChips =
    "chips={count: 3, row: 1, link_clock_ps: 1000, link_bytes_per_cycle: 16, link_latency_cycles: 20, "
    "link_pj_per_byte: 8}";

TEST(SeveralChips, AreCrossedFromGateToGate) {
  config::Chip chip = config::load_chip("hermes-mesh", {kThreeChips});
  chip.grid = {3, 2};
  chip.host.column = chip.host.row = 0;
  const auto fabric = fabric::make(chip);
  const program::Platform& platform = fabric->platform();
  ASSERT_EQ(platform.cores.size(), 18u);
  EXPECT_EQ(platform.cores[7], (program::Place{1, 1, 0}));
  // 0 1 2    6 7 8    12 13 14
  // 3 4 5 -> 9 . 11 -> 15 .. 17
  EXPECT_EQ(places(fabric->route(1, 13), platform), (std::vector<int>{2, 5, 9, 10, 11, 15, 16, 13}));
  EXPECT_EQ(places(fabric->route(13, 1), platform), (std::vector<int>{12, 15, 11, 10, 9, 5, 4, 1}));
  EXPECT_EQ(places(fabric->route(5, 9), platform), (std::vector<int>{9}));
  EXPECT_EQ(places(fabric->route(6, program::kHost), platform),
            (std::vector<int>{9, 5, 4, 3, 0, program::kHost}));
  EXPECT_EQ(places(fabric->route(program::kHost, 6), platform), (std::vector<int>{0, 1, 2, 5, 9, 6}));
  EXPECT_EQ(places(fabric->route(7, 8), platform), (std::vector<int>{8}));
  chip.host.link = config::HostLink::PerCore;
  const auto own = fabric::make(chip);
  EXPECT_EQ(places(own->route(program::kHost, 13), own->platform()), (std::vector<int>{13}));
}

/// Every topology that a chip file can name, in many shapes, on one chip and on several.
TEST(Topologies, LetNoPacketsWaitForEachOtherInACircle) {
  int checked = 0;
  for (const config::Topology& topology : config::topologies())
    for (const auto& [columns, rows] : {std::pair{1, 1}, {2, 1}, {2, 2}, {3, 3}, {1, 7}, {5, 4}, {6, 7}}) {
      if (!topology.routers) continue;
      for (const int chips : {1, 3})
        for (const int row : {0, rows / 2}) {
          config::Chip chip = chip_of(topology.name, columns, rows);
          chip.host.column = columns - 1;
          if (chips > 1) chip.chips = config::Chips{chips, row, 1000, 4, 20, 0};
          const auto fabric = fabric::make(chip);
          EXPECT_NO_THROW(program::check_routes(all_pairs(*fabric), fabric->platform()))
              << topology.name << " " << columns << " x " << rows << ", " << chips << " chips, row " << row;
          ++checked;
        }
    }
  EXPECT_EQ(checked, 2 * 7 * 4);
}

/// The torus without its second channel.
class BareRing : public fabric::RouterGrid {
 public:
  explicit BareRing(const config::Chip& chip) : RouterGrid(chip) {
    for (int x = 0; x < columns(); ++x) join(x, kEast, (x + 1) % columns(), 1);
  }

 private:
  void walk(int from, int to, program::Route& way) const override {
    for (int at = from; at != to;) at = step(at, kEast, 0, way);
  }
};

TEST(Check, RefusesRoutesOnWhichPacketsCouldWaitInACircle) {
  const BareRing ring(chip_of("mesh", 4, 1));
  const std::string message =
      internal_error([&] { program::check_routes(all_pairs(ring), ring.platform()); });
  EXPECT_NE(message.find("packets can wait for each other in a circle through link "), std::string::npos)
      << message;
}

TEST(Topologies, AreKnownToTheChipsFileAndTheFabricAlike) {
  for (const config::Topology& topology : config::topologies())
    EXPECT_NE(fabric::topologies().find(topology.name), nullptr) << topology.name;
}

}  // namespace
}  // namespace phasecore::test
