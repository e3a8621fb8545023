// Counts published for real networks (LG, Rasch et al.), and what every cut must hold.
#include "sim/mapping/tiling.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "models/graph/fold.hpp"
#include "sim/mapping/mapping.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::mapping {
namespace {

using config::TilingRule;

TEST(Tiling, EqualCutsIntoEvenPartsAndCeilIntoFullOnes) {
  EXPECT_EQ(split(TilingRule::Equal, 640, 512), (std::vector<int>{0, 320, 640}));
  EXPECT_EQ(split(TilingRule::Ceil, 640, 512), (std::vector<int>{0, 512, 640}));
  EXPECT_EQ(split(TilingRule::Equal, 2016, 255),
            (std::vector<int>{0, 252, 504, 756, 1008, 1260, 1512, 1764, 2016}));
  EXPECT_EQ(split(TilingRule::Equal, 256, 255), (std::vector<int>{0, 128, 256}));
  EXPECT_EQ(split(TilingRule::Equal, 7, 3), (std::vector<int>{0, 3, 6, 7}));
  EXPECT_EQ(split(TilingRule::Ceil, 512, 512), (std::vector<int>{0, 512}));
}

TEST(Tiling, PartsFitTheLimitAndTheirNumberIsTheSmallest) {
  int cases = 0;
  for (TilingRule rule : {TilingRule::Equal, TilingRule::Ceil, TilingRule::CeilChannels})
    for (int limit = 1; limit <= 20; ++limit)
      for (int size = 1; size <= 100; ++size, ++cases) {
        const std::vector<int> cuts = split(rule, size, limit);
        ASSERT_EQ(cuts.front(), 0);
        ASSERT_EQ(cuts.back(), size);
        ASSERT_EQ(static_cast<int>(cuts.size()) - 1, (size + limit - 1) / limit);
        for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
          ASSERT_LT(cuts[k], cuts[k + 1]);
          ASSERT_LE(cuts[k + 1] - cuts[k], limit);
        }
      }
  EXPECT_EQ(cases, 6000);
}

TEST(Tiling, LeavesAMarginFreeOnlyWhereItCutsIntoEvenParts) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.mapping.margin = 3;
  for (const TilingRule rule : {TilingRule::Ceil, TilingRule::CeilChannels, TilingRule::Equal}) {
    chip.mapping.tiling = rule;
    const int free = rule == TilingRule::Equal ? 3 : 0;
    EXPECT_EQ(limits(chip).rows, 256 - free);
    EXPECT_EQ(limits(chip).columns, 256 - free);
  }
}

/// Crossbars of matrices cut by LG's rule for 256 x 256 cells: both sides below 256.
int lg_cores(const std::vector<std::array<int, 2>>& matrices) {
  int cores = 0;
  for (const auto& m : matrices) cores += crossbars(TilingRule::Equal, {m[0], m[1]}, 255, 255);
  return cores;
}

long long weights_of(const std::vector<std::array<int, 2>>& matrices) {
  long long weights = 0;
  for (const auto& m : matrices) weights += static_cast<long long>(m[0]) * m[1];
  return weights;
}

TEST(Tiling, RecurrentNetworksTakeThePublishedCores) {
  const std::vector<std::array<int, 2>> ptb = {{128, 2016}, {504, 2016}, {504, 50}};
  EXPECT_EQ(crossbars(TilingRule::Equal, {128, 2016}, 255, 255), 8);
  EXPECT_EQ(crossbars(TilingRule::Equal, {504, 2016}, 255, 255), 16);
  EXPECT_EQ(crossbars(TilingRule::Equal, {504, 50}, 255, 255), 2);
  EXPECT_EQ(lg_cores(ptb), 26);
  EXPECT_EQ(weights_of(ptb), 1299312);
  const std::vector<std::array<int, 2>> captioning = {{504, 2016}, {504, 2016}, {504, 4064}};
  EXPECT_EQ(lg_cores(captioning), 64);
  EXPECT_EQ(weights_of(captioning), 4080384);
  EXPECT_EQ(crossbars(TilingRule::Equal, {256, 256}, 255, 255), 4);
}

/// Tiles of 512 x 512 that a convolution takes whose input channels stay whole.
int rasch_tiles(int in, int kernel, int out) {
  return crossbars(TilingRule::CeilChannels, {in * kernel * kernel, out, kernel * kernel}, 512, 512);
}

/// Blocks of two 3x3 convolutions and, where channels change, a projection.
int basic_blocks(int in, const std::vector<int>& widths, int blocks) {
  int tiles = 0;
  for (const int width : widths)
    for (int b = 0; b < blocks; ++b) {
      tiles += rasch_tiles(in, 3, width) + rasch_tiles(width, 3, width);
      if (in != width) tiles += rasch_tiles(in, 1, width);
      in = width;
    }
  return tiles;
}

/// Blocks of 1x1, 3x3 and 1x1 convolutions, of `wide` times the channels inside.
int bottlenecks(int wide) {
  const std::vector<int> blocks{3, 4, 6, 3};
  int tiles = 0, in = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const int out = 256 << stage, inner = (64 << stage) * wide;
    for (int b = 0; b < blocks[stage]; ++b) {
      tiles += rasch_tiles(in, 1, inner) + rasch_tiles(inner, 3, inner) + rasch_tiles(inner, 1, out);
      if (b == 0) tiles += rasch_tiles(in, 1, out);
      in = out;
    }
  }
  return tiles;
}

int densenet121() {
  const std::vector<int> blocks{6, 12, 24, 16};
  int tiles = 0, channels = 64;
  for (int block = 0; block < 4; ++block) {
    for (int layer = 0; layer < blocks[block]; ++layer, channels += 32)
      tiles += rasch_tiles(channels, 1, 128) + rasch_tiles(128, 3, 32);
    if (block == 3) break;
    tiles += rasch_tiles(channels, 1, channels / 2);
    channels /= 2;
  }
  return tiles;
}

// Rasch et al., Nat. Commun. 14 (2023), Table 1. Of the ImageNet networks without the first convolution and
// the last layer, which are digital there.
TEST(Tiling, WholeChannelsGiveThePublishedTilesOf512) {
  EXPECT_EQ(basic_blocks(64, {64, 128, 256, 512}, 2), 75) << "ResNet-18";
  EXPECT_EQ(bottlenecks(1), 149) << "ResNet-50";
  EXPECT_EQ(bottlenecks(2), 296) << "Wide-ResNet-50-2";
  EXPECT_EQ(densenet121(), 266) << "DenseNet-121";
  EXPECT_EQ(rasch_tiles(3, 3, 16) + basic_blocks(16, {128, 256, 512}, 2) + rasch_tiles(512, 1, 100), 68)
      << "Wide-ResNet-16-8";
  EXPECT_EQ(rasch_tiles(3, 3, 16) + basic_blocks(16, {16, 28, 56}, 5) + rasch_tiles(56, 1, 10), 34)
      << "ResNet-32";
}

TEST(Tiling, RowsOfAChannelStayTogetherWhereTheyFit) {
  EXPECT_EQ(split_rows(TilingRule::CeilChannels, {90, 4, 9}, 40), (std::vector<int>{0, 36, 72, 90}));
  EXPECT_EQ(split_rows(TilingRule::Ceil, {90, 4, 9}, 40), (std::vector<int>{0, 40, 80, 90}));
  EXPECT_EQ(split_rows(TilingRule::CeilChannels, {98, 4, 49}, 40), (std::vector<int>{0, 40, 80, 98}))
      << "a channel is larger than a crossbar";
  config::Chip chip = test::one_to_one("hermes-mesh", {"mapping.tiling=ceil-channels", "crossbar.rows=128"});
  for (const Stage& s : map(graph::fold(test::resnet8()), chip).stages)
    for (const SubMatrix& part : submatrices_of(s))
      EXPECT_EQ(part.row_begin % s.as<MvmWork>()->kernel_rows(), 0) << s.name;
}

long long weights_in_crossbars(const Mapping& mapping) {
  long long weights = 0;
  for (const Stage& stage : mapping.stages)
    for (const SubMatrix& part : submatrices_of(stage)) weights += stage.as<MvmWork>()->weights_in(part);
  return weights;
}

config::Chip square_chip(TilingRule rule, int size) {
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.mapping.tiling = rule;
  chip.crossbar.rows = chip.crossbar.columns = size;
  return chip;
}

TEST(Tiling, ResNet9TakesThePublishedFortyCores) {
  const Mapping mapping = map(graph::fold(test::resnet9_chain()), square_chip(TilingRule::Equal, 256));
  std::vector<std::array<int, 3>> matrices;
  for (const Stage& s : mapping.stages) {
    const MvmWork& mvm = *s.as<MvmWork>();
    matrices.push_back({mvm.rows, mvm.cols, static_cast<int>(mvm.submatrices.size())});
  }
  EXPECT_EQ(matrices, (std::vector<std::array<int, 3>>{{27, 56, 1},
                                                       {504, 112, 2},
                                                       {1008, 112, 4},
                                                       {1008, 112, 4},
                                                       {1008, 224, 4},
                                                       {2016, 224, 8},
                                                       {2016, 224, 8},
                                                       {2016, 224, 8},
                                                       {224, 10, 1}}));
  EXPECT_EQ(mapping.cores_used, 40);
  EXPECT_EQ(mapping.cores_available, 64);
  EXPECT_EQ(weights_in_crossbars(mapping), 1866536);
  EXPECT_DOUBLE_EQ(mapping.utilization, 1866536.0 / (40 * 65536));
}

TEST(Tiling, ResNet32Takes43TilesOf512And62Of256) {
  const Mapping wide = map(graph::fold(test::resnet32()), square_chip(TilingRule::Ceil, 512));
  EXPECT_EQ(wide.cores_used, 43);
  EXPECT_EQ(weights_in_crossbars(wide), 464432);
  const Mapping narrow = map(graph::fold(test::resnet32()), square_chip(TilingRule::Ceil, 256));
  EXPECT_EQ(narrow.cores_used, 62);
  EXPECT_EQ(weights_in_crossbars(narrow), 464432);
}

/// A grouped convolution as a stage of its own.
Stage grouped(int groups, int in_per_group, int out_per_group, int kernel) {
  test::Draft d({groups * in_per_group, 5, 5});
  const graph::Network network = d.build(d.conv(0, groups * out_per_group, kernel, 1, kernel / 2, groups));
  config::Chip chip = test::one_to_one("hermes-mesh");
  chip.grid.columns = chip.grid.rows = 30;
  return map(graph::fold(network), chip).stages.at(0);
}

TEST(Tiling, WholeGroupsShareACrossbarBlockDiagonally) {
  // Depthwise 3x3: 9 rows and 1 column per group, so 28 groups fill 252 of 255 rows; 64 groups -> 3 parts.
  const Stage stage = grouped(64, 1, 1, 3);
  const MvmWork& mvm = *stage.as<MvmWork>();
  ASSERT_EQ(mvm.submatrices.size(), 3u);
  int groups = 0;
  for (const SubMatrix& part : mvm.submatrices) {
    EXPECT_EQ(part.chain_position, 0);
    EXPECT_EQ(part.row_begin, 9 * part.col_begin);
    EXPECT_EQ(part.row_end, 9 * part.col_end);
    EXPECT_EQ(mvm.weights_in(part), 9 * (part.col_end - part.col_begin));
    groups += part.col_end - part.col_begin;
  }
  EXPECT_EQ(mvm.submatrices[0].col_end, 22);  // equal: ceil(64 / 3)
  EXPECT_EQ(groups, 64);
  EXPECT_EQ(stage.macs, 64 * 9 * 25);
}

TEST(Tiling, AGroupTooBigForACrossbarIsCutAsItsOwnMatrix) {
  const Stage stage = grouped(2, 64, 300, 3);
  const MvmWork& mvm = *stage.as<MvmWork>();  // 576 x 300 each: 3 x 2 parts
  ASSERT_EQ(mvm.submatrices.size(), 12u);
  long long weights = 0;
  for (const SubMatrix& part : mvm.submatrices) {
    const int group = part.col_begin / 300;
    EXPECT_GE(part.row_begin, group * 576);
    EXPECT_LE(part.row_end, (group + 1) * 576);
    EXPECT_LE(part.col_end, (group + 1) * 300);
    weights += mvm.weights_in(part);
  }
  EXPECT_EQ(weights, 2 * 576 * 300);
  for (std::size_t k = 0; k < 12; ++k) EXPECT_EQ(mvm.submatrices[k].chain_position, static_cast<int>(k % 3));
}

/// The weight at a cell of a grouped convolution's matrix for tiles of h x w pixels, kernels of k x k; 0
/// where none of the group's copies looks.
float weight_at(const MvmWork& mvm, int row, int column) {
  const int k = mvm.window->kernel_h, copies = mvm.sharing.copies(), width = mvm.sharing.tile_w + k - 1;
  const int seen = width * (mvm.sharing.tile_h + k - 1);
  const int in_per_group = mvm.rows / (k * k) / mvm.groups, out_per_group = mvm.cols / mvm.groups;
  const int channel = row / seen, group = column / (out_per_group * copies);
  if (channel / in_per_group != group) return 0;
  const int copy = column / out_per_group % copies, out = group * out_per_group + column % out_per_group;
  const int y = row % seen / width - copy / mvm.sharing.tile_w;
  const int x = row % width - copy % mvm.sharing.tile_w;
  if (y < 0 || y >= k || x < 0 || x >= k) return 0;
  return mvm.weights[static_cast<std::size_t>((channel * k + y) * k + x) * mvm.cols + out];
}

// 9 x 9 pixels; groups that share a crossbar, and such that take several of them.
TEST(Tiling, ATileOfAGroupedConvolutionHasCopiesOfEachGroupsKernelsBesideEachOther) {
  struct Case {
    int groups, in, out, tile_h, tile_w, crossbars;
  };
  for (const auto& [groups, in, out, tile_h, tile_w, crossbars] :
       {Case{12, 1, 1, 4, 3, 2}, Case{5, 2, 3, 2, 2, 1}, Case{3, 40, 7, 1, 3, 9}}) {
    test::Draft d({groups * in, 9, 9});
    config::Chip chip = test::one_to_one("hermes-mesh");
    config::LayerOverride change;
    change.tile_h = tile_h;
    change.tile_w = tile_w;
    chip.layers = {{"*", change}};
    const Mapping mapping = map(graph::fold(d.build(d.conv(0, groups * out, 3, 1, 1, groups))), chip);
    const MvmWork& mvm = *mapping.stages.at(0).as<MvmWork>();
    ASSERT_EQ(mvm.submatrices.size(), static_cast<std::size_t>(crossbars));
    std::set<std::tuple<int, int, int>> devices;
    int cells = 0, channels = 0;
    long long weights = 0;
    for (const SubMatrix& part : mvm.submatrices) {
      const int rows = part.row_end - part.row_begin, columns = part.col_end - part.col_begin;
      const std::vector<float> values = mvm.weights_of(part);
      for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c)
          ASSERT_EQ(values.at(static_cast<std::size_t>(r) * columns + c),
                    weight_at(mvm, part.row_begin + r, part.col_begin + c));
      for (const CellRun& run : mvm.cells(part))
        for (int i = 0; i < run.count; ++i) devices.insert({run.copy, run.weight_row, run.weight_col + i});
      cells += rows * columns;
      weights += mvm.weights_in(part);
      if (part.chain_position == 0) channels += mvm.channels_of(part).count();
    }
    EXPECT_EQ(devices.size(), static_cast<std::size_t>(cells)) << "each cell a device of its own";
    EXPECT_EQ(weights, 9LL * in * groups * out * tile_h * tile_w);
    EXPECT_EQ(channels, groups * out);
  }
}

TEST(Tiling, UtilizationCountsRealWeightsOnly) {
  test::Draft d({28, 5, 5});
  const Mapping mapping =
      map(graph::fold(d.build(d.conv(0, 28, 3, 1, 1, 28))), test::one_to_one("hermes-mesh"));
  EXPECT_EQ(mapping.cores_used, 1);
  EXPECT_DOUBLE_EQ(mapping.utilization, 28.0 * 9 / 65536);
}

}  // namespace
}  // namespace phasecore::mapping
