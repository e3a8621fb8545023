// No run beats the same program with links and buffers without limits, and who claims so is found out.
#include "sim/run/bounds.hpp"

#include <gtest/gtest.h>

#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/run/chip_runner.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::run {
namespace {

TEST(Bounds, HoldForTheChipAndNoticeATamperedEnd) {
  ChipRunner chips;
  const config::Chip chip = test::toy_chip(64);
  const auto program = mapping::build_program(mapping::map(test::toy_network(), chip), chip).program;
  const auto structure = mapping::structure_of(chip);
  const auto on_paper = analytic::run(program, structure, 4);
  const Picoseconds busiest = analytic::interval_bound(program, structure);
  const auto run = chips.run(structure, program, 4);
  check_bounds(run, on_paper, busiest);

  auto early = run;
  early.image_end_ps[2] = on_paper.image_end_ps[2] - 1;
  EXPECT_NE(test::internal_error([&] {
              check_bounds(early, on_paper, busiest);
            }).find("finished image 2 of 4 after"),
            std::string::npos);
  auto fast = run;
  fast.end_ps = 4 * busiest - 1;
  EXPECT_NE(
      test::internal_error([&] { check_bounds(fast, on_paper, busiest); }).find("its busiest unit needs"),
      std::string::npos);
  auto fewer = on_paper;
  fewer.image_end_ps.pop_back();
  EXPECT_NE(test::internal_error([&] { check_bounds(run, fewer, busiest); }), "");
}

TEST(Bounds, TheSteadyIntervalIsTheLastOneButNeverBelowTheBusiestUnit) {
  program::Activity run;
  run.image_end_ps = {100, 150, 190};
  EXPECT_EQ(steady_interval(run, 30).value, 40);
  EXPECT_EQ(steady_interval(run, 45).value, 45);
  EXPECT_EQ(steady_interval(run, 45).between_ends, 40);
  EXPECT_EQ(steady_interval(run, 45).before, 50);
}

}  // namespace
}  // namespace phasecore::run
