// Closed forms against the chip in SystemC, on networks, chips and mappings of all kinds: 500 of them.
#include <gtest/gtest.h>

#include "sim/analytic/analytic.hpp"
#include "sim/mapping/load.hpp"
#include "sim/program/deadlock.hpp"
#include "sim/run/account.hpp"
#include "sim/run/bounds.hpp"
#include "sim/run/chip_runner.hpp"
#include "tests/sim/program/link_use.hpp"
#include "tests/sim/random_cases/random_case.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore {
namespace {

using program::Activity;

constexpr int kShards = 10, kCases = 50;

/// All times of tasks and images, and what every core did all the time.
void expect_equal_times(const Activity& chip, const Activity& paper) {
  EXPECT_EQ(chip.end_ps, paper.end_ps);
  EXPECT_EQ(chip.image_end_ps, paper.image_end_ps);
  for (std::size_t t = 0; t < chip.tasks.size(); ++t) {
    EXPECT_EQ(chip.tasks[t].first_start_ps, paper.tasks[t].first_start_ps) << "task " << t;
    EXPECT_EQ(chip.tasks[t].last_end_ps, paper.tasks[t].last_end_ps) << "task " << t;
  }
  for (std::size_t c = 0; c < chip.cores.size(); ++c) {
    EXPECT_EQ(chip.cores[c].busy_ps, paper.cores[c].busy_ps) << "core " << c;
    EXPECT_EQ(chip.cores[c].stalled_ps, paper.cores[c].stalled_ps) << "core " << c;
  }
}

/// Tiles at the edge compute more than the layer needs.
long long executed_macs(const mapping::Stage& stage) {
  const mapping::MvmWork* mvm = mapping::in_crossbars(stage);
  return mvm != nullptr && mvm->is_shared() ? mvm->executed_macs() : stage.macs;
}

class ClosedForms : public testing::TestWithParam<int> {
 protected:
  /// Is nobody in anybody's way?
  bool compare(const test::RandomCase& c) {
    const program::Program& program = c.built.program;
    const auto busiest = analytic::interval_bound(program, c.platform);
    // The mapping compiler's closed form and the engine's are written apart.
    for (const program::Task& task : program.tasks) EXPECT_LE(mapping::load_of(task), busiest);
    const int ahead = program::images_ahead(program), images = 6 + 2 * ahead;
    const Activity paper = analytic::run(program, c.platform, images);
    const Activity chip = chips_.run(c.platform, program, images);
    EXPECT_EQ(chip.stream_tokens, paper.stream_tokens);
    std::vector<std::int64_t> macs(program.layers.size(), 0);
    for (std::size_t s = 0; s < c.map.stages.size(); ++s) macs[s] = executed_macs(c.map.stages[s]);
    EXPECT_EQ(run::count_macs(program, chip, images, macs), macs);
    run::check_bounds(chip, paper, busiest);
    const auto least = run::least_interval(paper, busiest, ahead);
    const auto interval = run::steady_interval(chip, least, ahead);
    EXPECT_GE(interval.value, least);
    if (!test::nobody_meets(program, c.platform, images)) return false;
    expect_equal_times(chip, paper);
    EXPECT_EQ(interval.value, run::steady_interval(paper, least, ahead).value);
    return true;
  }

 private:
  run::ChipRunner chips_;
};

TEST_P(ClosedForms, AreExactWhereNothingContendsAndBoundsElsewhere) {
  int cases = 0, exact = 0;
  test::for_random_cases(static_cast<std::uint32_t>(kCases * GetParam()), kCases,
                         [&](const test::RandomCase& c) {
                           exact += compare(c);
                           ++cases;
                         });
  if (!test::all_seeds()) return;
  EXPECT_EQ(cases, kCases);
  EXPECT_GE(exact, kCases / 10);
  EXPECT_LE(exact, kCases - kCases / 10);
  RecordProperty("exact", exact);
}

INSTANTIATE_TEST_SUITE_P(Of50Networks, ClosedForms, testing::Range(0, kShards));

}  // namespace
}  // namespace phasecore
