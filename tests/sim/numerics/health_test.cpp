#include "sim/numerics/health.hpp"

#include <gtest/gtest.h>

#include "tests/support/support.hpp"

namespace phasecore::numerics {
namespace {

TEST(Healths, SurviveTheWayAsBytes) {
  Health health(2);
  health.input = {10, 1};
  StageHealth& last = health.stages.back();
  last = {2, 3, 4, 5, 6, 7.5f, {8, 9}, {10, 11}};
  const std::string bytes = health.to_bytes();
  const Health back = Health::from_bytes(bytes, 2);
  EXPECT_EQ(back.to_bytes(), bytes);
  EXPECT_EQ(back.input.clipped, 1);
  EXPECT_EQ(back.stages.front().values, 0);
  EXPECT_EQ(back.stages.back().silent, 6);
  EXPECT_EQ(back.stages.back().largest, 7.5f);
  EXPECT_EQ(back.stages.back().partial.clipped, 11);
}

TEST(Healths, OfOtherStagesAndBrokenOnesAreRefused) {
  const std::string bytes = Health(2).to_bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(Health::from_bytes(bytes.substr(0, size), 2), common::InternalError) << size;
  EXPECT_THROW(Health::from_bytes(bytes + "x", 2), common::InternalError);
  EXPECT_EQ(test::internal_error([&] { Health::from_bytes(bytes, 3); }), "numerics: health of other stages");
}

}  // namespace
}  // namespace phasecore::numerics
