#include "common/quantile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/random.hpp"
#include "tests/support/support.hpp"

namespace phasecore::common {
namespace {

std::vector<float> normals(std::size_t count) {
  std::vector<float> values(count);
  fill_normal({count, Purpose::Test}, 0, 0, 0, count, values.data());
  return values;
}

TEST(Quantile, IsTheNearestRankOfTheSortedValues) {
  for (const double share : {0.001, 0.5, 0.999, 1.0})
    for (const std::size_t n : {1, 2, 10, 999, 1000, 1001, 5000, 20000}) {
      std::vector<float> values = normals(n);
      Quantile quantile(share, n);
      for (const float v : values) quantile.add(v);
      std::sort(values.begin(), values.end());
      const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(n)));
      EXPECT_EQ(quantile.value(), values[rank - 1]) << share << " of " << n;
    }
}

TEST(Quantile, OfFiniteSizesLeavesOutWhatIsInfiniteOrNoNumber) {
  std::vector<float> values = normals(3000);
  Quantile finite(0.9, values.size());
  for (const float v : values) finite.add(std::fabs(v));
  const float infinity = std::numeric_limits<float>::infinity();
  for (const std::size_t at : {0, 1000, 2999})
    values.insert(values.begin() + static_cast<std::ptrdiff_t>(at), {-infinity, infinity, std::nanf("")});
  Quantile sizes(0.9, values.size() - 9);
  EXPECT_EQ(sizes.add_finite_sizes(values.data(), values.size()), 9);
  EXPECT_EQ(sizes.value(), finite.value());
  EXPECT_TRUE(sizes.complete());
}

TEST(Quantile, OfSizesIsThatOfValuesWithoutTheirSigns) {
  const std::vector<float> values = normals(3000);
  for (const std::size_t cut : {1, 37, 3000}) {
    Quantile signless(0.99, values.size()), sizes(0.99, values.size());
    for (const float v : values) signless.add(std::fabs(v));
    for (std::size_t at = 0; at < values.size(); at += cut)
      sizes.add_sizes(&values[at], std::min(cut, values.size() - at));
    EXPECT_EQ(sizes.value(), signless.value()) << cut;
  }
}

TEST(Quantile, KnowsWhetherAllItsValuesHaveCome) {
  Quantile quantile(0.5, 2);
  quantile.add(1);
  EXPECT_FALSE(quantile.complete());
  EXPECT_EQ(quantile.value(), 1);
  quantile.add(2);
  EXPECT_TRUE(quantile.complete());
  quantile.add(3);
  EXPECT_FALSE(quantile.complete());
}

TEST(Quantile, OfNothingIsZero) {
  EXPECT_EQ(Quantile(0.999, 0).value(), 0);
  EXPECT_TRUE(Quantile(0.999, 0).complete());
}

TEST(Quantile, RefusesSharesThatAreNone) {
  for (const double share : {0.0, -0.1, 1.1})
    EXPECT_NE(test::internal_error([&] { Quantile(share, 3); }), "") << share;
}

}  // namespace
}  // namespace phasecore::common
