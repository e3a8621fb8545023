// The exact hypervolume against inclusion-exclusion, and its derived figures against their definitions.
#include "nas/pareto/hypervolume.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "common/diagnostics.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::pareto {
namespace {

/// Volume of a union of boxes: sums over all subsets, alternating in sign.
double inclusion_exclusion(const std::vector<Point>& points, const Point& reference) {
  double volume = 0;
  for (unsigned subset = 1; subset < (1u << points.size()); ++subset) {
    double common_box = 1;
    for (std::size_t m = 0; m < reference.size(); ++m) {
      double corner = -1e300;
      for (std::size_t i = 0; i < points.size(); ++i)
        if (subset >> i & 1) corner = std::max(corner, points[i][m]);
      common_box *= std::max(0.0, reference[m] - corner);
    }
    volume += (__builtin_popcount(subset) % 2 == 1 ? 1 : -1) * common_box;
  }
  return volume;
}

TEST(Hypervolume, EqualsInclusionExclusionInOneToSixDimensions) {
  for (std::size_t dimensions = 1; dimensions <= 6; ++dimensions)
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      const std::uint32_t grid = seed % 2 == 0 ? 4 : 0;  // ties in every other case
      const auto points = test::random_points(100 * dimensions + seed, 1 + seed % 10, dimensions, grid);
      // Some points lie beyond the reference or on it.
      const Point reference(dimensions, grid > 0 ? 3 : 0.9);
      const double expected = inclusion_exclusion(points, reference);
      EXPECT_NEAR(hypervolume(points, reference), expected, 1e-9 * std::max(1.0, expected))
          << dimensions << " objectives, seed " << seed;
    }
}

/// Each point's box less what later points, cut down to it, fill of it.
double by_boxes(const std::vector<Point>& points, const Point& reference) {
  double volume = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    double own = 1;
    for (std::size_t m = 0; m < reference.size(); ++m) own *= reference[m] - points[i][m];
    std::vector<Point> limited;
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      Point p = points[j];
      for (std::size_t m = 0; m < p.size(); ++m) p[m] = std::max(p[m], points[i][m]);
      bool covered = false;
      for (const Point& other : limited) {
        bool all = true;
        for (std::size_t m = 0; m < p.size(); ++m) all &= other[m] <= p[m];
        covered |= all;
      }
      if (!covered) limited.push_back(p);
    }
    volume += own - by_boxes(limited, reference);
  }
  return volume;
}

TEST(Hypervolume, EqualsTheSumOfWhatPointsAddInManyObjectives) {
  for (std::size_t dimensions = 4; dimensions <= 9; ++dimensions)
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      const std::uint32_t grid = seed % 3 == 0 ? 5 : 0;
      const auto points = test::random_points(900 * dimensions + seed, 22, dimensions, grid);
      const Point reference(dimensions, grid > 0 ? 6 : 1.1);
      const double expected = by_boxes(points, reference);
      EXPECT_NEAR(hypervolume(points, reference), expected, 1e-11 * expected)
          << dimensions << " objectives, seed " << seed;
    }
}

TEST(Hypervolume, GivesUpWhatTakesTooLongAndNothingElse) {
  // On a plane no point dominates another one, as a front has it.
  std::vector<Point> points = test::random_points(5, 60, 12, 0);
  for (Point& p : points) {
    double sum = 0;
    for (double& x : p) sum += x = -std::log(x + 1e-9);
    for (double& x : p) x /= sum;
  }
  const Point reference(12, 1.1);
  EXPECT_FALSE(hypervolume_within(points, reference, 1e5).has_value());
  points.resize(10);
  EXPECT_EQ(hypervolume_within(points, reference, 1e5), hypervolume(points, reference));
  EXPECT_EQ(hypervolume_within({}, reference, 0), 0);
}

TEST(Hypervolume, IsLeftOutWhereItIsLargerThanANumberCanBe) {
  EXPECT_FALSE(hypervolume_within({{0, 0}}, {1e308, 1e308}).has_value());
  EXPECT_EQ(hypervolume_within({{0, 0}}, {1e150, 1e150}), 1e150 * 1e150);
}

TEST(Hypervolume, IgnoresWhatIsNotBetterThanTheReference) {
  EXPECT_EQ(hypervolume({}, {1, 1}), 0);
  EXPECT_EQ(hypervolume({{2, -5}, {1, 0}}, {1, 1}), 0);
  EXPECT_DOUBLE_EQ(hypervolume({{0.5, 0.5}, {2, -5}}, {1, 1}), 0.25);
  EXPECT_DOUBLE_EQ(hypervolume({{0.5, 0.5}, {0.5, 0.5}, {0.6, 0.6}}, {1, 1}), 0.25)
      << "repeated and dominated";
}

TEST(Hypervolume, RefusesNanAndForeignDimensions) {
  EXPECT_THROW(hypervolume({{std::nan(""), 0}}, {1, 1}), common::InternalError);
  EXPECT_THROW(hypervolume({{0, 0}}, {1, std::nan("")}), common::InternalError);
  EXPECT_THROW(hypervolume({{0, 0, 0}}, {1, 1}), common::InternalError);
  EXPECT_THROW(hypervolume({}, {}), common::InternalError);
  EXPECT_THROW(improvement({{0, 0, 0}}, {0, 0}, {1, 1}), common::InternalError);
}

TEST(Hypervolume, ImprovementAndContributionsAreDifferences) {
  int improved = 0;
  for (std::size_t dimensions = 2; dimensions <= 5; ++dimensions)
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      auto points = test::random_points(7000 + 100 * dimensions + seed, 9, dimensions, seed % 2 == 0 ? 5 : 0);
      const Point reference(dimensions, seed % 2 == 0 ? 4.5 : 0.95);
      const double all = hypervolume(points, reference);
      const std::vector<double> lost = contributions(points, reference);
      for (std::size_t i = 0; i < points.size(); ++i) {
        auto others = points;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
        const double expected = all - hypervolume(others, reference);
        improved += expected > 0;
        EXPECT_DOUBLE_EQ(lost[i], expected);
        EXPECT_NEAR(improvement(others, points[i], reference), expected, 1e-9 * std::max(1.0, all));
      }
    }
  EXPECT_GT(improved, 100);
}

}  // namespace
}  // namespace phasecore::pareto
