// No run beats the same program with links and buffers without limits, and who claims so is found out.
#include "sim/run/bounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/program/deadlock.hpp"
#include "sim/run/chip_runner.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/sim/program/widened_program.hpp"
#include "tests/support/support.hpp"

namespace phasecore::run {
namespace {

TEST(Bounds, HoldForTheChipAndNoticeATamperedEnd) {
  ChipRunner chips;
  const config::Chip chip = test::toy_chip(64);
  const auto program =
      mapping::build_program(mapping::map(graph::fold(test::toy_network()), chip), chip).program;
  const auto platform = fabric::make(chip)->platform();
  const auto on_paper = analytic::run(program, platform, 4);
  const Picoseconds busiest = analytic::interval_bound(program, platform);
  const auto run = chips.run(platform, program, 4);
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

// Links of one byte per cycle are busier than any unit; a packet for several receivers is on them once.
TEST(Bounds, CountEveryPacketOnItsLinksOnce) {
  ChipRunner chips;
  config::Chip chip =
      config::load_chip("hermes-mesh", {"mapping.objective=throughput", "network.flit_bytes=1",
                                        "network.buffer_flits=600", "host.bytes_per_cycle=64"});
  const auto program =
      mapping::build_program(mapping::map(graph::fold(test::toy_network()), chip), chip).program;
  EXPECT_GT(program.multicasts.size(), 0u);
  const auto platform = fabric::make(chip)->platform();
  const Picoseconds busiest = analytic::interval_bound(program, platform);
  auto wide = platform;  // the same without links to speak of
  for (program::Link& link : wide.links) link.bytes_per_cycle = 4096;
  const Picoseconds of_units = analytic::interval_bound(program, wide);
  EXPECT_GT(busiest, of_units);
  constexpr int kImages = 24;
  const auto run = chips.run(platform, program, kImages);
  check_bounds(run, analytic::run(program, platform, kImages), busiest);
  Picoseconds counted = 0;  // on the busiest link, by the chip itself
  for (const auto& link : run.links) counted = std::max(counted, link.busy_ps / kImages);
  EXPECT_EQ(busiest, counted);
}

/// A run whose images ended so far apart.
program::Activity with_intervals(const std::vector<Picoseconds>& intervals) {
  program::Activity run;
  run.image_end_ps = {100};
  for (const Picoseconds interval : intervals) run.image_end_ps.push_back(run.image_end_ps.back() + interval);
  return run;
}

TEST(SteadyRun, IsLongEnoughToFillADeepPipelineAndToEmptyIt) {
  const auto expect = [](Picoseconds latency, Picoseconds busiest, int ahead, int images, int draining) {
    const SteadyRun run = steady_run(latency, busiest, ahead);
    EXPECT_EQ(run.images, images);
    EXPECT_EQ(run.draining, draining);
  };
  expect(586, 532, 0, 6, 0);
  expect(24, 7, 0, 12, 2);
  expect(24, 7, 5, 22, 7);
  expect(24, 7, 500, 32, 12);
  expect(1, 0, 0, 6, 0);
}

TEST(SteadyInterval, IsTheLastOneButNeverBelowTheLeast) {
  const program::Activity run = with_intervals({50, 40});
  EXPECT_EQ(steady_interval(run, 30).value, 40);
  EXPECT_FALSE(steady_interval(run, 30).raised);
  EXPECT_TRUE(steady_interval(run, 45).raised);
  EXPECT_EQ(steady_interval(run, 45).value, 45);
  EXPECT_EQ(steady_interval(run, 45).between_ends, 40);
  EXPECT_EQ(steady_interval(run, 45).before, 50);
  EXPECT_EQ(steady_interval(run, 45).period, 0);
  EXPECT_EQ(steady_interval(with_intervals({60, 40, 40}), 30).period, 1);
}

TEST(SteadyInterval, IsTheMeanOfTwoThatAlternate) {
  for (const auto& intervals :
       {std::vector<Picoseconds>{1557, 1556, 1557, 1556}, {9, 1556, 1557, 1556, 1557}}) {
    const SteadyInterval steady = steady_interval(with_intervals(intervals), 30);
    EXPECT_EQ(steady.period, 2);
    EXPECT_EQ(steady.value, 1556) << "1556.5 rounded down, whichever is the last";
  }
  // Two of each are needed: three intervals may as well be on their way to somewhere else.
  EXPECT_EQ(steady_interval(with_intervals({1557, 1556, 1557}), 30).period, 0);
  EXPECT_EQ(steady_interval(with_intervals({1558, 1556, 1557, 1556}), 30).value, 1556);
  EXPECT_EQ(steady_interval(with_intervals({1558, 1556, 1557, 1556}), 30).period, 0);
}

TEST(SteadyInterval, IsBoundedByWhatSettlesOnPaperAndByTheBusiestUnit) {
  EXPECT_EQ(least_interval(with_intervals({70, 60, 60}), 50), 60);
  EXPECT_EQ(least_interval(with_intervals({50, 60, 50, 60}), 50), 55);
  EXPECT_EQ(least_interval(with_intervals({60, 60}), 65), 65);
  EXPECT_EQ(least_interval(with_intervals({80, 70, 60}), 50), 50) << "it may go on falling";
}

/// The same random program in both engines.
struct Both {
  SteadyInterval chip, on_paper;
  Picoseconds busiest = 0;
  /// The last intervals alone would have contradicted the bound.
  bool last_contradicts() const {
    return std::max(chip.between_ends, busiest) < std::max(on_paper.between_ends, busiest);
  }
};

Both compare(int seed, bool mesh, int images) {
  const test::RandomProgram random = test::random_program(seed, {mesh, true});
  ChipRunner chips;
  const auto run = chips.run(random.platform(), random.program, images);
  const auto on_paper = analytic::run(random.program, random.platform(), images);
  const Picoseconds busiest = analytic::interval_bound(random.program, random.platform());
  check_bounds(run, on_paper, busiest);
  return {steady_interval(run, least_interval(on_paper, busiest)), steady_interval(on_paper, busiest),
          busiest};
}

TEST(SteadyInterval, OfAChipIsNeverBelowTheAnalyticOne) {
  int programs = 0, contradicted = 0, alternating = 0;
  for (const bool mesh : {true, false})
    for (int seed = 0; seed < 100; ++seed) {
      SCOPED_TRACE((mesh ? "mesh, seed " : "dedicated links, seed ") + std::to_string(seed));
      const Both both = compare(seed, mesh, 24);
      EXPECT_GT(both.on_paper.period, 0) << "without contention it settles";
      EXPECT_GE(both.chip.value, both.on_paper.value);
      contradicted += both.last_contradicts();
      alternating += both.on_paper.period == 2;
      ++programs;
    }
  EXPECT_EQ(programs, 200);
  EXPECT_GT(contradicted, 0);
  EXPECT_GT(alternating, 0);
}

/// Of the images in the middle of a long run: over the 20 before those that drain.
Picoseconds in_the_long_run(const test::RandomProgram& random, int ahead) {
  const auto run = analytic::run(random.program, random.platform(), 60 + 2 * ahead);
  const auto last = run.image_end_ps.end() - 1 - ahead;
  return (*last - *(last - 20)) / 20;
}

TEST(SteadyInterval, LeavesOutTheImagesThatDrainWhereTasksShareCores) {
  int shared = 0, too_short = 0;
  for (int seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    const test::RandomProgram random = test::widened_program(seed, {seed % 2 == 0, false});
    const int ahead = program::images_ahead(random.program);
    EXPECT_EQ(ahead > 0, std::any_of(random.program.orders.begin(), random.program.orders.end(),
                                     [](const program::CoreOrder& order) {
                                       return std::any_of(order.members.begin(), order.members.end(),
                                                          [](const auto& member) { return member.lag > 0; });
                                     }));
    if (ahead == 0) continue;
    const auto run = analytic::run(random.program, random.platform(), 6 + 2 * ahead);
    const Picoseconds busiest = analytic::interval_bound(random.program, random.platform());
    const SteadyInterval steady = steady_interval(run, least_interval(run, busiest, ahead), ahead);
    const Picoseconds truth = in_the_long_run(random, ahead);
    EXPECT_GT(steady.period, 0);
    EXPECT_EQ(steady.value, truth);
    too_short += steady_interval(run, busiest).value < truth;
    ++shared;
  }
  EXPECT_GE(shared, 20);
  EXPECT_GT(too_short, 0) << "the last two images show it as well: nothing is tested";
}

TEST(SteadyInterval, AgreesWhereBothEnginesAlternateBetweenDifferentOnes) {
  const Both both = compare(1007, false, 6);
  EXPECT_EQ(both.chip.period, 2);
  EXPECT_EQ(both.on_paper.period, 2);
  EXPECT_TRUE(both.last_contradicts()) << both.chip.between_ends << ' ' << both.on_paper.between_ends;
  EXPECT_EQ(both.chip.value, both.on_paper.value);
}

TEST(SteadyInterval, IsRaisedWhereAChipStillGainsOnTheAnalyticRun) {
  // Its first images were late, and it makes up for that by a constant time per image.
  const Both both = compare(1652, false, 6);
  EXPECT_EQ(both.chip.period, 1);
  EXPECT_LT(both.chip.between_ends, both.on_paper.value);
  EXPECT_EQ(both.chip.value, both.on_paper.value);
}

}  // namespace
}  // namespace phasecore::run
