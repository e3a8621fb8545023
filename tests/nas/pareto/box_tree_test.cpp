// Trees of points against looking at every point, and what they save.
#include "nas/pareto/box_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/diagnostics.hpp"
#include "nas/pareto/hypervolume.hpp"
#include "nas/pareto/indicators.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::pareto {
namespace {

bool covers(const Point& a, const Point& b) {
  for (std::size_t m = 0; m < a.size(); ++m)
    if (a[m] > b[m]) return false;
  return true;
}

double shift(const std::vector<Point>& from, const Point& to, const Point& scale) {
  double least = std::numeric_limits<double>::infinity();
  for (const Point& point : from) {
    double needed = -least;
    for (std::size_t m = 0; m < point.size(); ++m)
      needed = m == 0 ? (point[m] - to[m]) / scale[m] : std::max(needed, (point[m] - to[m]) / scale[m]);
    least = std::min(least, needed);
  }
  return least;
}

TEST(BoxTree, SaysWhatLookingAtEveryPointSays) {
  int covered = 0, uncovered = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const std::size_t objectives = 1 + seed % 5, count = 1 + seed * 7 % 200;
    const std::uint32_t grid = seed % 3 == 0 ? 6 : 0;  // equal values are common
    const auto points = test::random_points(seed, count, objectives, grid);
    const auto others = test::random_points(seed + 1000, 50, objectives, grid);
    const Point scale(objectives, 3);
    BoxTree tree(points);
    for (std::size_t i = 0; i < others.size(); ++i) {
      const std::size_t first = i * count / others.size();
      const auto covering = [&](const Point& point) { return covers(point, others[i]); };
      const bool any = std::any_of(points.begin(), points.end(), covering);
      EXPECT_EQ(tree.covers(others[i]), any);
      EXPECT_EQ(tree.covers(others[i], first),
                std::any_of(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(first), covering));
      const double needed = shift(points, others[i], scale);
      EXPECT_EQ(tree.shift_to_cover(others[i], scale, -std::numeric_limits<double>::infinity()), needed);
      EXPECT_LE(tree.shift_to_cover(others[i], scale, needed + 0.1), needed + 0.1);
      EXPECT_EQ(tree.shift_to_cover(others[i], scale, needed - 0.1), needed);
      (any ? covered : uncovered) += 1;
    }
  }
  EXPECT_GT(covered, 500);
  EXPECT_GT(uncovered, 500);
}

TEST(BoxTree, RefusesNoPointsAndPointsOfOtherDimensions) {
  EXPECT_THROW(BoxTree({}), common::InternalError);
  EXPECT_THROW(BoxTree({{1, 2}, {1}}), common::InternalError);
  const std::vector<Point> points = {{1, 2}};
  EXPECT_THROW(BoxTree(points).covers({1}), common::InternalError);
  EXPECT_THROW(BoxTree(points).shift_to_cover({1, 2}, {1}, 0), common::InternalError);
}

/// None of them covers another: on a sphere around the worst point.
std::vector<Point> sphere(std::uint64_t seed, std::size_t count, std::size_t objectives, double radius) {
  auto points = test::random_points(seed, count, objectives);
  for (Point& point : points) {
    double length = 0;
    for (double& x : point) {
      x += 0.001;
      length += x * x;
    }
    for (double& x : point) x = 2 - radius * x / std::sqrt(length);
  }
  return points;
}

TEST(BoxTree, ComparesTwoFrontsOf20000PointsInLittleMoreThanNLogN) {
  constexpr std::size_t kPoints = 20000;
  const double n_log_n = kPoints * std::log2(kPoints);
  for (const std::size_t objectives : {2, 3}) {
    SCOPED_TRACE(objectives);
    const auto a = sphere(1, kPoints, objectives, 1), b = sphere(2, kPoints, objectives, 0.9999);
    BoxTree coverage_tree(a), own(a), epsilon_tree(a);
    std::size_t covered = 0;
    double worst = -1;
    for (const Point& point : b) {
      covered += coverage_tree.covers(point);
      worst = std::max(worst, epsilon_tree.shift_to_cover(point, {}, worst));
    }
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_FALSE(own.covers(a[i], i));
    EXPECT_GT(covered, 0u);
    EXPECT_LT(covered, kPoints);
    EXPECT_EQ(coverage(a, b), static_cast<double>(covered) / kPoints);
    EXPECT_EQ(additive_epsilon(a, b), worst);
    for (const BoxTree* tree : {&coverage_tree, &own, &epsilon_tree})
      EXPECT_LT(static_cast<double>(tree->steps()), 5 * n_log_n);
  }
}

TEST(Hypervolume, OfManyPointsIsThatOfTheirFront) {
  for (const std::size_t objectives : {2, 3, 4}) {
    const auto points = test::random_points(objectives, 400, objectives);  // most are behind others
    std::vector<Point> front;
    for (const Point& p : points)
      if (std::none_of(points.begin(), points.end(),
                       [&](const Point& other) { return &other != &p && covers(other, p); }))
        front.push_back(p);
    ASSERT_LT(front.size(), 200u);
    EXPECT_EQ(hypervolume(points, Point(objectives, 1)), hypervolume(front, Point(objectives, 1)));
  }
}

}  // namespace
}  // namespace phasecore::pareto
