#include "sim/monte_carlo/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "common/random.hpp"

namespace phasecore::monte_carlo {
namespace {

common::RandomKey key_of(std::uint64_t seed, std::uint32_t what) {
  common::RandomKey key;
  key.seed = seed;
  key.layer = what;
  return key;
}

TEST(Bootstrap, AnswersThatAllAgreeAreNoCertainty) {
  // Wilson: with 50 right answers out of 50 the accuracy may be as low as 50 / (50 + 1.96^2).
  const Outcomes same{3, 50, std::vector<std::int8_t>(150, 1)};
  const Interval i = Bootstrap(7, 3, 50).interval(same, 0, 1, 100);
  EXPECT_EQ(i.mean, 100);
  EXPECT_NEAR(i.low, 92.865, 1e-3);
  EXPECT_EQ(i.high, 100);
  EXPECT_EQ(deviation(same), 0);
  // Differences: as many answers may have been gained or lost.
  const Outcomes zero{2, 500, std::vector<std::int8_t>(1000, 0)};
  const Interval none = Bootstrap(7, 2, 500).interval(zero, -1, 1, 100);
  EXPECT_EQ(none.mean, 0);
  EXPECT_NEAR(none.high, 0.7624, 1e-3);
  EXPECT_EQ(none.low, -none.high);
}

TEST(Bootstrap, OneAnswerThatDiffersDoesNotNarrowTheInterval) {
  Outcomes o{2, 500, std::vector<std::int8_t>(1000, 0)};
  const Bootstrap bootstrap(7, 2, 500);
  const Interval none = bootstrap.interval(o, -1, 1, 100);
  o.values[3] = 1;
  const Interval one = bootstrap.interval(o, -1, 1, 100);
  EXPECT_GE(one.high - one.low, (none.high - none.low) * (1 - 1e-12));
}

TEST(Bootstrap, DeviationIsThatOfTheInstancesMeans) {
  const Outcomes o{2, 4, {1, 1, 0, 0, 1, 1, 1, 1}};  // means 0.5 and 1
  EXPECT_DOUBLE_EQ(mean(o), 0.75);
  EXPECT_DOUBLE_EQ(deviation(o), std::sqrt(0.125));
}

/// Share of `experiments` whose interval holds the true accuracy. Image n is right on instance i with the
/// probability base + a_i + b_n; a and b are normal.
double coverage(int experiments, int instances, int images, double instance_spread, double image_spread) {
  const double base = 0.7;
  int covered = 0;
  for (int e = 0; e < experiments; ++e) {
    std::vector<float> a(instances), b(images), u(images);
    common::fill_normal(key_of(e, 1), 0, 0, 0, instances, a.data());
    common::fill_normal(key_of(e, 2), 0, 0, 0, images, b.data());
    Outcomes o{instances, images, {}};
    for (int i = 0; i < instances; ++i) {
      common::fill_uniform(key_of(e, 3), 0, i, 0, images, u.data());
      for (int n = 0; n < images; ++n)
        o.values.push_back(u[n] < base + instance_spread * a[i] + image_spread * b[n] ? 1 : 0);
    }
    const Interval interval = Bootstrap(e, instances, images).interval(o, 0, 1, 1);
    if (interval.low <= base && base <= interval.high) ++covered;
  }
  return static_cast<double>(covered) / experiments;
}

// 400 experiments: a true coverage of 0.95 falls below 0.915 with probability 0.002.
TEST(Bootstrap, IntervalsCoverAKnownAccuracyWhenInstancesDiffer) {
  EXPECT_GE(coverage(400, 8, 100, 0.08, 0.0), 0.915);
}

TEST(Bootstrap, IntervalsCoverAKnownAccuracyWhenImagesDiffer) {
  EXPECT_GE(coverage(400, 8, 100, 0.0, 0.1), 0.915);
}

TEST(Bootstrap, IntervalsCoverAKnownAccuracyOfFewInstances) {
  EXPECT_GE(coverage(400, 4, 60, 0.05, 0.05), 0.915);
}

TEST(Bootstrap, IntervalsAreNotMuchWiderThanTheyMustBe) {
  // Independent answers: half width 1.96 sqrt(0.21 / 800) = 0.032; the bootstrap of crossed draws may be up
  // to sqrt(3) wider (Owen 2007), the small-sample stretch adds to that.
  Outcomes o{8, 100, {}};
  std::vector<float> u(800);
  common::fill_uniform(key_of(5, 5), 0, 0, 0, 800, u.data());
  for (float v : u) o.values.push_back(v < 0.7f);
  const Interval i = Bootstrap(5, 8, 100).interval(o, 0, 1, 1);
  EXPECT_GT(i.high - i.low, 2 * 0.032);
  EXPECT_LT(i.high - i.low, 2 * 0.032 * 2.2);
}

}  // namespace
}  // namespace phasecore::monte_carlo
