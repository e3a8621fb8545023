// Relations of intervals and fronts.
#include "sim/monte_carlo/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "nas/pareto/hypervolume.hpp"
#include "tests/sim/random_cases/random_chip.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore {
namespace {

using monte_carlo::Bootstrap;
using monte_carlo::Outcomes;
using pareto::Point;
using test::Dice;

constexpr int kCases = 200;

Outcomes random_outcomes(Dice& dice, int instances, int images) {
  Outcomes outcomes{instances, images, {}};
  const int right = 30 + dice.below(50);
  for (int i = 0; i < instances * images; ++i) outcomes.values.push_back(dice.chance(right) ? 1 : 0);
  return outcomes;
}

TEST(Intervals, OfWrongAnswersMirrorThoseOfRightOnes) {
  test::for_seeds(8000, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    const Outcomes right = random_outcomes(dice, 1 + dice.below(8), 5 + dice.below(60));
    Outcomes wrong = right;
    for (auto& value : wrong.values) value = static_cast<std::int8_t>(1 - value);
    const Bootstrap bootstrap(seed, right.instances, right.images);
    const auto a = bootstrap.interval(right, 0, 1, 1), b = bootstrap.interval(wrong, 0, 1, 1);
    EXPECT_NEAR(b.mean, 1 - a.mean, 1e-12);
    EXPECT_NEAR(monte_carlo::deviation(right), monte_carlo::deviation(wrong), 1e-12);
    // Quantiles of 1 - x are those of x from the other side, but for a place among the resamples.
    EXPECT_NEAR(b.low, 1 - a.high, 0.02);
    EXPECT_NEAR(b.high, 1 - a.low, 0.02);
  });
}

TEST(Intervals, OfMoreChipsAndImagesAreNarrower) {
  test::for_seeds(8200, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    const int instances = 4 + dice.below(5), images = 30 + dice.below(30);
    const Outcomes few = random_outcomes(dice, instances, images);
    // All of them four times: chips twice as many, images twice as many.
    Outcomes many{2 * instances, 2 * images, {}};
    for (int instance = 0; instance < many.instances; ++instance)
      for (int image = 0; image < many.images; ++image)
        many.values.push_back(
            few.values[static_cast<std::size_t>(instance % instances) * images + image % images]);
    const auto a = Bootstrap(seed, instances, images).interval(few, 0, 1, 1);
    const auto b = Bootstrap(seed, many.instances, many.images).interval(many, 0, 1, 1);
    EXPECT_NEAR(a.mean, b.mean, 1e-12);
    EXPECT_LT(b.high - b.low, a.high - a.low);
  });
}

std::vector<Point> random_points(Dice& dice, int count, int objectives) {
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) {
    points.emplace_back();
    for (int k = 0; k < objectives; ++k) points.back().push_back(0.01 * dice.below(100));
  }
  return points;
}

TEST(Hypervolume, TakesNothingFromPointsThatOthersDominate) {
  test::for_seeds(8400, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    const int objectives = 2 + dice.below(4);
    std::vector<Point> points = random_points(dice, 3 + dice.below(15), objectives);
    const Point reference(static_cast<std::size_t>(objectives), 1.0);
    const double volume = pareto::hypervolume(points, reference);
    const std::size_t before = pareto::sort_fronts(points).front().size();
    Point worse = dice.pick(points);
    for (double& value : worse) value += 0.001 * (1 + dice.below(10));
    EXPECT_NEAR(pareto::improvement(points, worse, reference), 0, 1e-12);
    points.push_back(worse);
    EXPECT_NEAR(pareto::hypervolume(points, reference), volume, 1e-12);
    EXPECT_EQ(pareto::sort_fronts(points).front().size(), before);
  });
}

TEST(Hypervolume, KnowsNeitherUnitsNorTheOrderOfPointsAndObjectives) {
  test::for_seeds(8600, kCases, [](std::uint32_t seed) {
    Dice dice(seed, 0);
    const int objectives = 2 + dice.below(4);
    std::vector<Point> points = random_points(dice, 3 + dice.below(15), objectives);
    Point reference(static_cast<std::size_t>(objectives), 1.0);
    const double volume = pareto::hypervolume(points, reference);
    std::reverse(points.begin(), points.end());
    for (Point& point : points) std::rotate(point.begin(), point.begin() + 1, point.end());
    EXPECT_NEAR(pareto::hypervolume(points, reference), volume, 1e-12);
    for (Point& point : points) point[0] *= 1000;
    reference[0] *= 1000;
    EXPECT_NEAR(pareto::hypervolume(points, reference), 1000 * volume, 1e-9);
  });
}

}  // namespace
}  // namespace phasecore
