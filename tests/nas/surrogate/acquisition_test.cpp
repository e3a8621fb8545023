// Which candidates promise most: cases where the answer is known.
#include "nas/surrogate/acquisition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "nas/pareto/hypervolume.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::surrogate {
namespace {

const common::RandomKey kKey{1, common::Purpose::Search};
const std::vector<pareto::Point> kFront = {{0, 1}, {0.5, 0.5}, {1, 0}};

std::vector<std::size_t> chosen(const std::vector<pareto::Point>& means, std::size_t keep,
                                std::vector<double> feasible = {}, pareto::Point deviations = {0, 0}) {
  if (feasible.empty()) feasible.assign(means.size(), 1);
  return most_promising(kFront, {means, feasible, deviations}, keep, kKey);
}

TEST(MostPromising, IsGreedyHypervolumeWithoutUncertainty) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto means = test::random_points(seed, 30, 2);
    auto known = kFront;
    // Of the first five candidates each adds the most to all before it. (Later ones may add nothing.)
    for (const std::size_t i : chosen(means, 5)) {
      const pareto::Point reference = {1.3, 1.3};
      const double gain = pareto::improvement(known, means[i], reference);
      for (const auto& other : means) EXPECT_GE(gain, pareto::improvement(known, other, reference) - 1e-12);
      known.push_back(means[i]);
    }
  }
}

TEST(MostPromising, SpreadsABatchOverTheFront) {
  // Two gaps of nearly equal worth, twins in each: one of either gap first.
  const auto first = chosen({{0.2, 0.60}, {0.2, 0.601}, {0.7, 0.21}, {0.7, 0.211}}, 2);
  EXPECT_EQ(std::vector<std::size_t>({std::min(first[0], first[1]), std::max(first[0], first[1])}),
            std::vector<std::size_t>({0, 2}));
}

TEST(MostPromising, WeighsTheChanceOfFeasibility) {
  EXPECT_EQ(chosen({{0.2, 0.5}, {0.25, 0.55}}, 1, {0, 1}).at(0), 1u);
  EXPECT_EQ(chosen({{0.2, 0.5}, {0.25, 0.55}}, 1, {1, 1}).at(0), 0u);
  EXPECT_EQ(chosen({{2, 2}, {2, 2}, {2, 2}}, 1, {0.1, 0.9, 0.5}).at(0), 1u) << "nobody gains: the likeliest";
}

TEST(MostPromising, GivesTheUncertainAChance) {
  // Just behind the front: worthless when certain, not when the error is as large as the distance.
  const std::vector<pareto::Point> means = {{0.9, 0.9}, {0.55, 0.55}};
  EXPECT_EQ(chosen(means, 1).at(0), 0u) << "no gain either way: the first";
  EXPECT_EQ(chosen(means, 1, {}, {0.1, 0.1}).at(0), 1u);
}

TEST(MostPromising, KeepsExactlyAsManyAsWantedWithoutRepeats) {
  auto all = chosen(test::random_points(3, 12, 2), 12, {}, {0.1, 0.1});
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(all.at(i), i);
  EXPECT_TRUE(chosen({{0, 0}}, 0).empty());
  EXPECT_THROW(chosen({{0, 0}}, 2), common::InternalError);
  EXPECT_EQ(most_promising({{1, 1}}, {{{2, 2}, {0.5, 2}, {0, 0}}, {1, 1, 1}, {0, 0}}, 1, kKey).at(0), 2u)
      << "a front of one point has no range";
}

}  // namespace
}  // namespace phasecore::surrogate
