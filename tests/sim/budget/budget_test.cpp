#include "sim/budget/budget.hpp"

#include <gtest/gtest.h>

#include "common/diagnostics.hpp"

namespace phasecore::budget {
namespace {

TEST(Budget, IsAShareOrPointsAgainstAllDigital) {
  const Budget share = parse_budget("accuracy@1h=0.87");
  EXPECT_EQ(share.time_s, 3600);
  EXPECT_EQ(share.accuracy, 0.87);
  const Budget points = parse_budget("accuracy@30d=-0.2pp");
  EXPECT_FALSE(points.accuracy);
  EXPECT_EQ(points.time_s, 2592000);
  EXPECT_EQ(points.lost_pp, 0.2);
}

TEST(Budget, AnythingElseIsRefused) {
  for (const char* text : {"", "accuracy@1d", "accuracy@=0.9", "accuracy@1d=", "accuracy@1d=90%",
                           "accuracy@1d=1.2", "accuracy@1d=0", "accuracy@1d=0.2pp", "accuracy@1d=-101pp",
                           "accuracy@1d=nan", "accuracy@1d=pp", "accuracy@digital=0.9", "latency_ns=5"})
    EXPECT_THROW(parse_budget(text), common::InputError) << text;
}

TEST(Budget, IsKeptByTheBadEndOfTheInterval) {
  monte_carlo::Point point;
  point.accuracy = {0.88, 0.86, 0.9};
  point.lost_pp = monte_carlo::Interval{0.1, -0.1, 0.3};
  const Shortfall share = shortfall(parse_budget("accuracy@1d=0.87"), point);
  EXPECT_NEAR(share.mean_pp, -1, 1e-9);
  EXPECT_NEAR(share.low_pp, -3, 1e-9);
  EXPECT_NEAR(share.high_pp, 1, 1e-9);
  EXPECT_FALSE(share.is_kept());
  EXPECT_TRUE(shortfall(parse_budget("accuracy@1d=0.86"), point).is_kept());
  EXPECT_FALSE(shortfall(parse_budget("accuracy@1d=-0.2pp"), point).is_kept());
  EXPECT_TRUE(shortfall(parse_budget("accuracy@1d=-0.3pp"), point).is_kept());
}

}  // namespace
}  // namespace phasecore::budget
