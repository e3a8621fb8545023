#include "nas/evaluate/crossed.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.hpp"

namespace phasecore::evaluate {
namespace {

monte_carlo::Outcomes outcomes(int instances, const std::vector<int>& values) {
  return {instances, static_cast<int>(values.size()) / instances, {values.begin(), values.end()}};
}

TEST(CrossedMean, IsTheMeanOfAllOutcomes) {
  EXPECT_EQ(crossed_mean(outcomes(2, {1, 0, 1, 1, 1, 0, 0, 1})).value, 0.625);
  EXPECT_EQ(crossed_mean(outcomes(2, {1, 0, 1, 1, 1, 0, 0, 1}), 100).value, 62.5);
}

TEST(CrossedMean, HasTheBinomialErrorWithOneInstance) {
  std::vector<int> values(400, 1);
  for (int i = 0; i < 100; ++i) values[4 * i] = 0;
  // s^2 / N with n - 1: 0.75 * 0.25 / 399.
  EXPECT_NEAR(crossed_mean(outcomes(1, values)).error, std::sqrt(0.75 * 0.25 / 399), 1e-12);
}

TEST(CrossedMean, IsWorkedOutByHand) {
  // In tens, rows 1 1 0 0 and 1 0 0 0. Mean 3/8; SS_a = (4 + 1) / 4 - 9/8 = 1/8; SS_b = (4 + 1) / 2 - 9/8 =
  // 11/8; SS_total = 3 - 9/8 = 15/8; SS_e = 3/8. MS: 1/8, 11/24, 1/8. error^2 = (0 + 1/3 + 1/8) / 8.
  EXPECT_NEAR(crossed_mean(outcomes(2, {10, 10, 0, 0, 10, 0, 0, 0})).error,
              10 * std::sqrt((1.0 / 3 + 1.0 / 8) / 8), 1e-12);
}

TEST(CrossedMean, NeverClaimsToBeCertain) {
  const Figure all = crossed_mean(outcomes(2, std::vector<int>(512, 1)));
  EXPECT_EQ(all.value, 1);
  EXPECT_NEAR(all.error, 1.96 / (256 + 1.96 * 1.96), 1e-6);
  EXPECT_EQ(crossed_mean(outcomes(2, std::vector<int>(512, 0)), 100).error, 100 * all.error);
}

/// Experiments of known variances: the mean of the squared errors that are claimed must be the variance that
/// the means really have.
TEST(CrossedMean, ClaimsTheErrorThatItMakes) {
  constexpr int kExperiments = 4000, kInstances = 4, kImages = 40;
  double sum = 0, squares = 0, claimed = 0;
  common::RandomKey key;
  key.layer = 7;
  for (int e = 0; e < kExperiments; ++e) {
    std::vector<float> instance(kInstances), image(kImages), rest(kInstances * kImages);
    common::fill_normal(key, e, 0, 0, instance.size(), instance.data());
    common::fill_normal(key, e, 1, 0, image.size(), image.data());
    common::fill_normal(key, e, 2, 0, rest.size(), rest.data());
    std::vector<int> values;
    for (int i = 0; i < kInstances; ++i)
      for (int n = 0; n < kImages; ++n)
        values.push_back(
            static_cast<int>(std::lround(10 * instance[i] + 20 * image[n] + 15 * rest[i * kImages + n])));
    const Figure figure = crossed_mean(outcomes(kInstances, values));
    sum += figure.value;
    squares += figure.value * figure.value;
    claimed += figure.error * figure.error;
  }
  const double mean = sum / kExperiments;
  const double made = squares / kExperiments - mean * mean;
  EXPECT_NEAR(made, 100.0 / 4 + 400.0 / 40 + 225.0 / 160, 2.5);  // variance of a variance: 2.2 % of 36.4, 3 x
  EXPECT_NEAR(claimed / kExperiments, made, 3);
}

TEST(Spread, IsTheDeviationOverInstances) {
  const auto o = outcomes(3, {1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0});  // means 1, 0.5, 0
  EXPECT_DOUBLE_EQ(spread(o).value, 0.5);
  EXPECT_DOUBLE_EQ(spread(o).error, 0.25);
}

}  // namespace
}  // namespace phasecore::evaluate
