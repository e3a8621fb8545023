// Dominance, sorting, crowding: against definitions and by hand.
#include "nas/pareto/dominance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/diagnostics.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::pareto {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Score scored(Point objectives, double violation = 0, std::vector<double> errors = {}) {
  return {std::move(objectives), std::move(errors), violation};
}

TEST(Dominance, NeedsNoWorseInAllAndBetterByMoreThanEpsilonInOne) {
  EXPECT_TRUE(dominates(Point{1, 2}, Point{1, 3}));
  EXPECT_FALSE(dominates(Point{1, 2}, Point{1, 2}));
  EXPECT_FALSE(dominates(Point{1, 3}, Point{2, 2}));
  EXPECT_FALSE(dominates(Point{1, 2}, Point{1, 2.5}, {0, 0.5})) << "better by epsilon only";
  EXPECT_TRUE(dominates(Point{1, 2}, Point{1, 2.6}, {0, 0.5}));
  EXPECT_TRUE(dominates(Point{1, 2}, Point{1.1, 2.2}, {0, 0.5})) << "one objective is enough";
  EXPECT_FALSE(dominates(Point{1.01, 2}, Point{1, 9}, {0.5, 0.5})) << "worse within epsilon is worse";
  EXPECT_THROW(dominates(Point{1}, Point{1, 2}), common::InternalError);
}

TEST(Dominance, IsAStrictOrderUnderNoise) {
  const auto points = test::random_points(1, 60, 3, 6);
  const Point epsilon = {1, 0, 2};
  int pairs = 0, chains = 0;
  for (const auto& a : points)
    for (const auto& b : points) {
      if (!dominates(a, b, epsilon)) continue;
      ++pairs;
      EXPECT_FALSE(dominates(b, a, epsilon));
      for (const auto& c : points)
        if (dominates(b, c, epsilon)) {
          ++chains;
          EXPECT_TRUE(dominates(a, c, epsilon));
        }
    }
  EXPECT_GT(pairs, 100);
  EXPECT_GT(chains, 100);
}

TEST(Dominance, PutsConstraintsFirst) {
  const double nan = std::nan("");
  EXPECT_TRUE(dominates(scored({9, 9}), scored({1, 1}, 0.1))) << "feasible before infeasible";
  EXPECT_FALSE(dominates(scored({1, 1}, 0.1), scored({9, 9})));
  EXPECT_TRUE(dominates(scored({nan, nan}, 0.1), scored({1, 1}, 0.2)))
      << "less violation, whatever the objectives";
  EXPECT_FALSE(dominates(scored({1, 1}, 0.1), scored({2, 2}, 0.1)));
  EXPECT_TRUE(dominates(scored({nan, nan}, 5), scored({}, kInfinity))) << "could not be evaluated";
  EXPECT_FALSE(dominates(scored({}, kInfinity), scored({}, kInfinity)));
}

TEST(Dominance, PoolsTheErrorsOfWhatIsFeasible) {
  const Point pooled =
      pooled_errors({scored({1, 1}, 0, {3, 0}), scored({2, 2}, 0, {4, 0}), scored({3, 3}, 1, {99, 99})});
  ASSERT_EQ(pooled.size(), 2u);
  EXPECT_DOUBLE_EQ(pooled[0], std::sqrt((9.0 + 16.0) / 2));
  EXPECT_EQ(pooled[1], 0);
  EXPECT_TRUE(pooled_errors({scored({1}, 1, {1})}).empty());
  EXPECT_EQ(pooled_errors({scored({1, 2})}), Point({0, 0})) << "no errors = exact";
}

/// Rank by the definition: 1 + the largest rank among those that dominate it.
std::size_t rank_of(std::size_t i, const std::vector<Score>& scores, const Point& epsilon) {
  std::size_t rank = 0;
  for (std::size_t j = 0; j < scores.size(); ++j)
    if (dominates(scores[j], scores[i], epsilon)) rank = std::max(rank, 1 + rank_of(j, scores, epsilon));
  return rank;
}

TEST(SortFronts, GivesTheRanksOfTheDefinition) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<Score> scores;
    for (const auto& p : test::random_points(seed, 40, 2 + seed % 3, 7))
      scores.push_back(scored(p, std::max(0.0, p[0] - 3) * (seed % 2)));
    const Point epsilon = seed % 2 == 0 ? Point{} : Point(scores[0].objectives.size(), 1);
    std::vector<int> seen(scores.size(), 0);
    const auto fronts = sort_fronts(scores, epsilon);
    ASSERT_GT(fronts.size(), 1u);
    for (std::size_t f = 0; f < fronts.size(); ++f) {
      EXPECT_TRUE(std::is_sorted(fronts[f].begin(), fronts[f].end()));
      for (const std::size_t i : fronts[f]) {
        ++seen[i];
        EXPECT_EQ(rank_of(i, scores, epsilon), f);
      }
    }
    EXPECT_EQ(seen, std::vector<int>(scores.size(), 1)) << "everybody is in one front";
  }
  EXPECT_TRUE(sort_fronts(std::vector<Score>{}).empty());
}

TEST(Front, IsTheFirstFrontOfTheFeasible) {
  const std::vector<Score> scores = {scored({3, 1}), scored({1, 3}), scored({0, 0}, 0.5), scored({3, 3}),
                                     scored({1, 3})};
  EXPECT_EQ(front(scores), (std::vector<std::size_t>{0, 1, 4})) << "equal ones stay";
  EXPECT_TRUE(front({scored({1}, 1)}).empty());
  EXPECT_EQ(front({scored({1.0, 1.0}), scored({1.2, 1.0})}, {0.5, 0.5}).size(), 2u)
      << "not told apart by noise";
}

TEST(Crowding, IsTheScaledPerimeterOfTheNeighbours) {
  const auto d = crowding({{0, 10}, {1, 6}, {4, 4}, {10, 0}});
  ASSERT_EQ(d.size(), 4u);
  EXPECT_EQ(d[0], kInfinity);
  EXPECT_EQ(d[3], kInfinity);
  EXPECT_DOUBLE_EQ(d[1], (4.0 - 0) / 10 + (10.0 - 4) / 10);
  EXPECT_DOUBLE_EQ(d[2], (10.0 - 1) / 10 + (6.0 - 0) / 10);
  EXPECT_EQ(crowding({{1, 1}, {1, 1}}), std::vector<double>({0, 0})) << "no range, no ends";
  EXPECT_TRUE(crowding({}).empty());
}

}  // namespace
}  // namespace phasecore::pareto
