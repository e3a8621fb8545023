// Which core holds what, and the table for networks that are too big.
#include "sim/mapping/placement.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "models/graph/fold.hpp"
#include "sim/mapping/mapping.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore::mapping {
namespace {

int distance(const config::Grid& grid, int a, int b) {
  return std::abs(a % grid.columns - b % grid.columns) + std::abs(a / grid.columns - b / grid.columns);
}

TEST(Placement, TheSnakeVisitsEveryCoreAndOnlyStepsToNeighbours) {
  for (int columns = 1; columns <= 9; ++columns)
    for (int rows = 1; rows <= 9; ++rows) {
      config::Grid grid;
      grid.columns = columns;
      grid.rows = rows;
      const std::vector<int> order = snake(grid);
      ASSERT_EQ(static_cast<int>(std::set<int>(order.begin(), order.end()).size()), columns * rows);
      for (std::size_t k = 0; k + 1 < order.size(); ++k) ASSERT_EQ(distance(grid, order[k], order[k + 1]), 1);
    }
}

TEST(Placement, PartialSumsTravelToANeighbourAndNoCoreIsUsedTwice) {
  for (const char* name : {"hermes", "hermes-mesh"}) {
    const config::Chip chip = test::one_to_one(name);
    const Mapping m = map(graph::fold(test::resnet9_chain()), chip);
    std::set<int> cores;
    int hops = 0;
    for (const Stage& s : m.stages) {
      if (s.core >= 0) {
        EXPECT_TRUE(cores.insert(s.core).second);
      }
      const auto& parts = submatrices_of(s);
      for (std::size_t k = 0; k < parts.size(); ++k) {
        EXPECT_TRUE(cores.insert(parts[k].core).second);
        if (parts[k].chain_position == 0) continue;
        EXPECT_EQ(distance(chip.grid, parts[k - 1].core, parts[k].core), 1);
        ++hops;
      }
    }
    EXPECT_EQ(hops, 1 + 3 * 3 + 3 * 7);
    EXPECT_EQ(static_cast<int>(cores.size()), m.cores_used);
  }
}

TEST(Placement, ANetworkThatIsTooBigIsRefusedWithTheTable) {
  test::Draft d({3, 8, 8});
  int at = d.relu(d.conv(0, 64, 3));
  d.rename(1, "stem");
  at = d.conv(at, 128, 3);
  d.rename(at, "wide");
  const int pool = d.max_pool(at, 3, 1, 1);
  d.rename(pool, "pool");
  at = d.gemm(d.flatten(pool), 10);
  d.rename(at, "head");
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.grid.columns = 4;
  chip.grid.rows = 2;
  const graph::Network network = d.build(at, "big");
  test::expect_input_error([&] { map(graph::fold(network), chip); },
                           "error: network 'big' needs 38 cores; chip 'hermes-mesh' has 8\n"
                           "layer  cores needed  cores left\n"
                           "-----  ------------  ----------\n"
                           "stem              1           8\n"
                           "wide              3           7\n"
                           "pool              1           4\n"
                           "head             33           3\n"
                           "A larger grid has more (--set grid.columns=.. --set grid.rows=..), and so have "
                           "several chips in a row (`chips:` in the chip's file).");
}

TEST(Placement, TheTableOfAVeryDeepNetworkEnds) {
  test::Draft d({3, 8, 8});
  int at = d.conv(0, 8, 3);
  for (int i = 0; i < 29; ++i) at = d.conv(d.relu(at), 8, 3);
  at = d.gemm(d.flatten(d.relu(at)), 10);
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.grid.columns = chip.grid.rows = 2;
  const graph::Network network = d.build(at, "deep");
  const std::string error = test::input_error([&] { map(graph::fold(network), chip); });
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 24) << error;
  EXPECT_NE(error.find("\n... and 11 further layers\n"), std::string::npos) << error;
}

TEST(Placement, AChipThatIsJustLargeEnoughIsFilled) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.grid.columns = 8;
  chip.grid.rows = 5;
  EXPECT_EQ(map(graph::fold(test::resnet9_chain()), chip).cores_used, 40);
  chip.grid.columns = 39;
  chip.grid.rows = 1;
  EXPECT_NE(test::input_error([&] { map(graph::fold(test::resnet9_chain()), chip); }).find("needs 40 cores"),
            std::string::npos);
}

}  // namespace
}  // namespace phasecore::mapping
