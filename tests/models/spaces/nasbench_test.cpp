// NAS-Bench-201 cells against published figures.
#include <gtest/gtest.h>

#include "models/graph/mvm.hpp"
#include "models/graph/ops/pool.hpp"
#include "models/spaces/nasbench201.hpp"
#include "sim/mapping/mapping.hpp"
#include "tests/models/spaces/shipped.hpp"

namespace phasecore::spaces {
namespace {

using test::shipped;

Genes every_edge(CellOp op) {
  return Genes(6, static_cast<int>(op));
}

TEST(Nasbench201, HasThePublishedParameterCounts) {
  const auto space = shipped("nasbench201");
  // Dong and Yang 2020: 0.073306 M parameters for the smallest networks, 1.531546 M for the largest.
  EXPECT_EQ(space->parameters(every_edge(CellOp::Skip)), 73306);
  EXPECT_EQ(space->parameters(every_edge(CellOp::Conv3x3)), 1531546);
}

/// 256x256 crossbars of all matrices, cut by `ceil`.
int crossbars(const graph::Network& network) {
  int count = 0;
  for (const auto& layer : network.layers) {
    const auto* mvm = layer.as<graph::Mvm>();
    if (mvm == nullptr) continue;
    const int columns = mvm->outputs();
    const int rows = static_cast<int>(graph::volume(mvm->weights.shape)) / columns;
    count += mapping::crossbars(config::TilingRule::Ceil, {rows, columns}, 256, 256);
  }
  return count;
}

TEST(Nasbench201, TakesTwelveSubMatricesPlusThirtyPer3x3AndFifteenPer1x1Edge) {
  const auto space = shipped("nasbench201");
  EXPECT_EQ(crossbars(space->network(every_edge(CellOp::Skip), 1)), 12);
  EXPECT_EQ(crossbars(space->network(every_edge(CellOp::Conv3x3), 1)), 12 + 6 * 30);
  int with_both = 0;
  for (int i = 0; i < 100; ++i) {
    const Genes genes = space->sample({}, i);
    int expected = 12, kinds = 0;
    for (const int op : genes) {
      expected += op == static_cast<int>(CellOp::Conv3x3)   ? 30
                  : op == static_cast<int>(CellOp::Conv1x1) ? 15
                                                            : 0;
      kinds |= op == static_cast<int>(CellOp::Conv3x3) ? 1 : op == static_cast<int>(CellOp::Conv1x1) ? 2 : 0;
    }
    with_both += kinds == 3 ? 1 : 0;
    EXPECT_EQ(crossbars(space->network(genes, 1)), expected) << "sample " << i;
  }
  EXPECT_GE(with_both, 20);
}

TEST(Nasbench201, DropsEdgesThatTheOutputCannotSee) {
  using Op = CellOp;
  // Nothing reaches node 3, so its edge to node 4 is dead; nobody reads node 2.
  EXPECT_EQ(without_dead_edges({Op::Conv3x3, Op::None, Op::Skip, Op::None, Op::None, Op::Conv1x1}),
            (Cell{Op::None, Op::None, Op::Skip, Op::None, Op::None, Op::None}));
  // A path over every node keeps all of them.
  const Cell path = {Op::Skip, Op::None, Op::None, Op::Conv3x3, Op::None, Op::AveragePool};
  EXPECT_EQ(without_dead_edges(path), path);
  EXPECT_TRUE(connected(path));
  EXPECT_FALSE(connected({Op::Conv3x3, Op::Conv3x3, Op::None, Op::Conv3x3, Op::None, Op::None}));
}

TEST(Nasbench201, RefusesCellsWithoutAPath) {
  const auto space = shipped("nasbench201");
  EXPECT_EQ(space->refusal(every_edge(CellOp::None)),
            "no path leads from the input of the cell to its output");
  EXPECT_FALSE(space->exists({0, 0, 1, 0, 1, 1}));
  EXPECT_TRUE(space->exists({0, 0, 0, 1, 1, 1}));
}

TEST(Nasbench201, HasItsLongestPathThroughTheCellFifteenTimes) {
  const auto space = shipped("nasbench201");
  EXPECT_EQ(space->depth(every_edge(CellOp::Skip)), 2 + 4);
  EXPECT_EQ(space->depth(every_edge(CellOp::Conv3x3)), 2 + 4 + 15 * 3);
}

TEST(Nasbench201, AveragesWithoutThePadding) {
  const auto space = shipped("nasbench201");
  const auto network = space->network(every_edge(CellOp::AveragePool), 1);
  const auto& layer = network.layers[network.find("stage1.cell1.edge12")];
  const auto* pool = layer.as<graph::AveragePool>();
  ASSERT_NE(pool, nullptr);
  EXPECT_FALSE(pool->window.count_include_pad);
  EXPECT_EQ(layer.shape, (graph::Shape{16, 32, 32}));
  EXPECT_EQ(network.layers[network.find("stage2.reduction.shortcut.pool")].shape, (graph::Shape{16, 16, 16}));
}

TEST(Nasbench201, CountsItsNetworks) {
  // 5^6 = 15,625 genotypes; equal but for dead edges or without a path: gone. Counted independently by
  // listing all of them.
  const auto space = shipped("nasbench201");
  EXPECT_EQ(space->size().exact, 9444u);
}

}  // namespace
}  // namespace phasecore::spaces
