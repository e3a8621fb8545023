// A second opinion on the numbers of nas/pareto: the pagmo library.
#include <gtest/gtest.h>

#include <cmath>
#include <pagmo/utils/hypervolume.hpp>
#include <pagmo/utils/multi_objective.hpp>

#include "nas/pareto/hypervolume.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::pareto {
namespace {

TEST(Pagmo, AgreesOnTheHypervolume) {
  for (std::size_t dimensions = 2; dimensions <= 6; ++dimensions)
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const auto points = test::random_points(100 * dimensions + seed, dimensions > 4 ? 25 : 80, dimensions);
      const Point reference(dimensions, 1.01);  // beyond all: pagmo refuses other points
      const double expected = pagmo::hypervolume(points).compute(reference);
      EXPECT_NEAR(hypervolume(points, reference), expected, 1e-10) << dimensions << " objectives";
      const auto theirs = pagmo::hypervolume(points).contributions(reference);
      const auto ours = contributions(points, reference);
      for (std::size_t i = 0; i < points.size(); ++i) EXPECT_NEAR(ours[i], theirs[i], 1e-10);
    }
}

TEST(Pagmo, AgreesOnTheFronts) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto points = test::random_points(seed, 120, 2 + seed % 3, seed % 2 == 0 ? 12 : 0);
    const auto theirs = std::get<0>(pagmo::fast_non_dominated_sorting(points));
    const auto ours = sort_fronts(points);
    ASSERT_EQ(ours.size(), theirs.size());
    for (std::size_t f = 0; f < ours.size(); ++f) {
      auto front = theirs[f];
      std::sort(front.begin(), front.end());
      EXPECT_EQ(ours[f], std::vector<std::size_t>(front.begin(), front.end()));
    }
  }
}

TEST(Pagmo, AgreesOnCrowding) {
  int finite = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto points = test::random_points(seed, 60, 2 + seed % 3);
    std::vector<Point> front;
    const auto fronts = sort_fronts(points);
    for (const std::size_t i : fronts[0]) front.push_back(points[i]);
    if (front.size() < 3) continue;
    const auto theirs = pagmo::crowding_distance(front);
    const auto ours = crowding(front);
    for (std::size_t i = 0; i < front.size(); ++i) {
      EXPECT_EQ(std::isinf(ours[i]), std::isinf(theirs[i]));
      if (std::isinf(ours[i])) continue;
      ++finite;
      EXPECT_NEAR(ours[i], theirs[i], 1e-12);
    }
  }
  EXPECT_GT(finite, 50);
}

}  // namespace
}  // namespace phasecore::pareto
