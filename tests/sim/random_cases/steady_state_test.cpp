// Networks whose steady state is continued (decision 080) against all of it simulated: 200 of them.
#include <gtest/gtest.h>

#include "sim/run/chip_runner.hpp"
#include "tests/sim/random_cases/random_case.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore {
namespace {

constexpr int kShards = 4, kCases = 50, kImages = 16;

class SteadyStates : public testing::TestWithParam<int> {
 protected:
  /// All that a run says but how much of it was simulated.
  static std::string figures(program::Activity activity) {
    activity.events = 0;
    activity.continued_images = 0;
    return program::to_bytes(activity);
  }

  /// Was it continued?
  bool compare(const test::RandomCase& c) {
    const program::Activity continued = chips_.run(c.platform, c.built.program, kImages);
    const program::Activity simulated =
        chips_.run(c.platform, c.built.program, kImages, {"", {}, /*extrapolate=*/false});
    EXPECT_EQ(figures(continued), figures(simulated));
    EXPECT_EQ(simulated.continued_images, 0);
    EXPECT_EQ(continued.continued_images > 0, continued.events < simulated.events);
    return continued.continued_images > 0;
  }

 private:
  run::ChipRunner chips_;
};

TEST_P(SteadyStates, AreContinuedAsTheChipWould) {
  int cases = 0, continued = 0;
  test::for_random_cases(static_cast<std::uint32_t>(kCases * GetParam()), kCases,
                         [&](const test::RandomCase& c) {
                           continued += compare(c);
                           ++cases;
                         });
  if (!test::all_seeds()) return;
  EXPECT_EQ(cases, kCases);
  EXPECT_GE(continued, kCases / 2);
  RecordProperty("continued", continued);
}

INSTANTIATE_TEST_SUITE_P(Of50Networks, SteadyStates, testing::Range(0, kShards));

}  // namespace
}  // namespace phasecore
