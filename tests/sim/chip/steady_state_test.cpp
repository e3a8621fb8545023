// Runs that are continued (decision 080) against the same runs simulated to the end.
#include <gtest/gtest.h>

#include "common/bytes.hpp"
#include "sim/chip/chip.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/program/widened_program.hpp"

namespace phasecore::test {
namespace {

using program::Activity;

constexpr int kMoreImages = 24;

using Maker = RandomProgram (*)(std::uint64_t, const RandomOptions&);

struct Runs {
  Activity simulated, continued;
};

/// Both on one chip, in a child process.
Runs run_both_ways(const RandomProgram& random) {
  const auto run = [&](chip::Chip& chip, bool extrapolate) {
    chip::RunOptions options;
    options.images = random.images + kMoreImages;
    options.extrapolate = extrapolate;
    return program::to_bytes(chip.run(random.program, options));
  };
  const std::string both = in_child([&] {
    chip::Chip chip(random.platform());
    const std::string simulated = run(chip, false);
    return common::to_bytes(simulated, run(chip, true));
  });
  std::string simulated, continued;
  common::from_bytes(both, "two activities", simulated, continued);
  return {program::activity_from_bytes(simulated), program::activity_from_bytes(continued)};
}

/// All that a run says but how much of it was simulated.
std::string figures(Activity activity) {
  activity.events = 0;
  activity.continued_images = 0;
  return program::to_bytes(activity);
}

/// How many of these programs were continued, as they would have been simulated.
int continued(Maker make, const RandomOptions& options, int programs) {
  int count = 0;
  for (int seed = 0; seed < programs && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Runs runs = run_both_ways(make(seed, options));
    EXPECT_EQ(runs.simulated.continued_images, 0);
    EXPECT_EQ(figures(runs.continued), figures(runs.simulated));
    if (runs.continued.continued_images == 0) continue;
    EXPECT_LT(runs.continued.events, runs.simulated.events);
    ++count;
  }
  return count;
}

TEST(SteadyState, ContinuesAsTheChipWould) {
  EXPECT_GE(continued(random_program, {true, false}, 20), 15);
  EXPECT_GE(continued(random_program, {false, false}, 20), 15);
  EXPECT_GE(continued(random_program, {true, false, true}, 20), 15);
  EXPECT_GE(continued(mixed_program, {true, false, false, 2}, 20), 15);
}

TEST(SteadyState, ContinuesAsTheChipWouldWherePacketsMeet) {
  EXPECT_GE(continued(random_program, {true, true}, 20), 10);
  EXPECT_GE(continued(random_program, {false, true}, 20), 5);
  EXPECT_GE(continued(random_program, {true, true, true, 2}, 20), 5);
}

TEST(SteadyState, ContinuesAsTheChipWouldWhereTasksTakeTurns) {
  EXPECT_GE(continued(widened_program, {true, true}, 20), 10);
  EXPECT_GE(continued(widened_program, {false, false}, 20), 10);
  EXPECT_GE(continued(mixed_program, {true, true, true}, 20), 10);
  EXPECT_GE(continued(mixed_program, {false, true}, 20), 10);
  EXPECT_GE(continued(program_in_waves, {true, true}, 20), 10);
}

}  // namespace
}  // namespace phasecore::test
