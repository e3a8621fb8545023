// Knee, coverage and epsilon by hand.
#include "nas/pareto/indicators.hpp"

#include <gtest/gtest.h>

#include "common/diagnostics.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::pareto {
namespace {

TEST(Knee, IsTheMemberWhoseWorstObjectiveIsBest) {
  EXPECT_EQ(knee({{0, 100}, {2, 30}, {4, 25}, {10, 0}}), 1u) << "worst scaled objectives 1, 0.3, 0.4, 1";
  EXPECT_EQ(knee({{0, 1000}, {1, 10}, {10, 0}}), 1u) << "units do not matter";
  EXPECT_EQ(knee({{5, 5}}), 0u);
  EXPECT_EQ(knee({{0, 1}, {1, 0}}), 0u) << "of equal ones the first";
  EXPECT_EQ(knee({{0, 1, 7}, {0.2, 0.2, 7}, {1, 0, 7}}), 1u) << "an objective without range";
  EXPECT_EQ(knee({{0, 0, 1}, {0.4, 0.5, 0.3}, {1, 1, 0}}), 1u)
      << "two objectives that go together are no end's gain";
  EXPECT_THROW(knee({}), common::InternalError);
}

TEST(Coverage, CountsWhatIsWeaklyDominated) {
  const std::vector<Point> a = {{1, 3}, {3, 1}}, b = {{1, 3}, {2, 4}, {0, 9}, {9, 0}};
  EXPECT_DOUBLE_EQ(coverage(a, b), 0.5);
  EXPECT_DOUBLE_EQ(coverage(b, a), 0.5);
  EXPECT_DOUBLE_EQ(coverage({}, b), 0);
  EXPECT_DOUBLE_EQ(coverage(a, {}), 1);
}

TEST(AdditiveEpsilon, IsTheShiftThatMakesAFrontCoverAnother) {
  const std::vector<Point> a = {{2, 4}, {5, 1}}, b = {{1, 4}, {4, 2}};
  EXPECT_DOUBLE_EQ(additive_epsilon(a, b), 1);
  EXPECT_DOUBLE_EQ(additive_epsilon(a, a), 0);
  EXPECT_DOUBLE_EQ(additive_epsilon({{0, 0}}, {{2, 3}}), -2) << "better everywhere by at least 2";
  EXPECT_DOUBLE_EQ(additive_epsilon(a, b, {10, 1}), 0.1);
  EXPECT_THROW(additive_epsilon({}, b), common::InternalError);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto p = test::random_points(seed, 8, 3);
    const auto q = test::random_points(seed + 50, 8, 3);
    const double shift = additive_epsilon(p, q);
    for (auto& point : p)
      for (double& x : point) x -= shift + 1e-12;
    EXPECT_EQ(coverage(p, q), 1);
    for (auto& point : p)
      for (double& x : point) x += 1e-9;
    EXPECT_LT(coverage(p, q), 1);
  }
}

}  // namespace
}  // namespace phasecore::pareto
