// Stages compute what the network computes: the stage graph run in float, sub-matrix by sub-matrix, against
// graph::infer.
#include <gtest/gtest.h>

#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/mapping/stages/move.hpp"
#include "tests/sim/mapping/float_stages.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::mapping {
namespace {

/// Every weight in exactly one sub-matrix.
void expect_covered(const Stage& s) {
  const MvmWork* mvm = in_crossbars(s);
  if (mvm == nullptr) return;
  std::vector<int> covered(static_cast<std::size_t>(mvm->rows) * mvm->cols);
  for (const SubMatrix& p : mvm->submatrices)
    for (int r = p.row_begin; r < p.row_end; ++r)
      for (int c = p.col_begin; c < p.col_end; ++c) ++covered[static_cast<std::size_t>(r) * mvm->cols + c];
  for (std::size_t i = 0; i < covered.size(); ++i) {
    ASSERT_LE(covered[i], 1);
    if (mvm->weights[i] != 0.0f) {
      ASSERT_EQ(covered[i], 1);
    }
  }
}

struct Seen {
  int networks = 0, fused_skips = 0, fused_pools = 0, digital = 0, chains = 0, moves = 0, joined = 0;
};

Seen compare(const config::Chip& chip, int networks,
             graph::Network (*random_network)(std::uint32_t, int) = test::random_network) {
  Seen seen;
  for (int seed = 1; seed <= networks; ++seed, ++seen.networks) {
    const graph::Network network = random_network(seed, 3 + seed % 12);
    const Mapping mapping = map(graph::fold(network), chip);
    graph::Batch image;
    image.samples = 1;
    image.shape = network.input().shape;
    for (long long i = 0; i < graph::volume(image.shape); ++i)
      image.values.push_back(std::sin(static_cast<float>(i * (seed + 3))));
    // A Softmax at the end is the host's: the stages deliver what goes into it.
    const int out = network.outputs[0];
    const bool tail = !mapping.host_tail.empty();
    const int logits = tail ? network.layers[out].inputs[0] : out;
    const test::Values expected = graph::infer_all(network, image)[logits].values;
    const test::Values ours = test::run_stages(mapping, image.values);
    EXPECT_EQ(ours.size(), expected.size());
    float scale = 1e-3f;
    for (float v : expected) scale = std::max(scale, std::abs(v));
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_NEAR(ours[i], expected[i], 1e-4f * scale) << network.name << " output " << i;
    for (const Stage& s : mapping.stages) {
      expect_covered(s);
      const auto* mvm = s.as<MvmWork>();
      if (mvm != nullptr && s.inputs.size() > 1) ++seen.fused_skips;
      if (mvm != nullptr && mvm->pool) ++seen.fused_pools;
      if (mvm == nullptr) ++seen.digital;
      if (s.as<MoveWork>() != nullptr) ++seen.moves;
      for (const StageInput& input : s.inputs) seen.joined += input.stage == kParts;
      for (const SubMatrix& p : submatrices_of(s)) seen.chains += p.chain_position > 0;
    }
  }
  return seen;
}

config::Chip small_crossbars(const char* name) {
  config::Chip chip = test::one_to_one(name);
  chip.crossbar.rows = 20;
  chip.crossbar.columns = 6;
  chip.grid.columns = chip.grid.rows = 32;
  return chip;
}

TEST(Lowering, StagesComputeWhatTheNetworkComputes) {
  const Seen seen = compare(small_crossbars("hermes-mesh"), 200);
  EXPECT_EQ(seen.networks, 200);
  EXPECT_GT(seen.fused_skips, 50);
  EXPECT_GT(seen.fused_pools, 30);
  EXPECT_GT(seen.digital, 50);
  EXPECT_GT(seen.chains, 500);
}

TEST(Lowering, StagesComputeBranchesThatMeetAgain) {
  for (const char* name : {"hermes-mesh", "hermes"}) {
    const Seen seen = compare(small_crossbars(name), 80, test::random_joined_network);
    EXPECT_EQ(seen.networks, 80);
    EXPECT_GT(seen.moves, 50);
    EXPECT_GT(seen.joined, 100);
  }
}

TEST(Lowering, StagesBetweenWhichTheHostWorksComputeTheSame) {
  const Seen seen = compare(small_crossbars("hermes"), 100);
  EXPECT_EQ(seen.networks, 100);
  EXPECT_EQ(seen.fused_skips, 0);
  EXPECT_EQ(seen.fused_pools, 0);
  EXPECT_GT(seen.digital, 100);
}

}  // namespace
}  // namespace phasecore::mapping
