// A core's time and energy by power state, by hand.
#include "sim/run/power.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/run/account.hpp"
#include "tests/sim/numerics/toy.hpp"

namespace phasecore::run {
namespace {

config::Power gating() {
  config::Power power;
  power.waiting_mw = 50;
  power.gated_mw = 10;
  power.off_mw = 1;
  power.wake_ns = 10;
  power.wake_nj = 0.002;
  return power;
}

std::int64_t time_in(const CorePower& power, PowerState state) {
  return power.time_ps[static_cast<int>(state)];
}
Attojoules energy_in(const CorePower& power, PowerState state) {
  return power.energy[static_cast<int>(state)];
}

TEST(LeastGap, IsTheFirstInWhichGatingSavesMoreThanItsWakeUp) {
  config::Power power = gating();
  // 40 mW are saved after the 10 ns of waking: 0.002 nJ come back in 0.05 ns.
  EXPECT_EQ(power.least_gap_ps(), 10050 + 1);
  power.wake_nj = 0;
  EXPECT_EQ(power.least_gap_ps(), 10001);
  power.gated_mw = power.waiting_mw;
  EXPECT_EQ(power.least_gap_ps(), std::numeric_limits<Picoseconds>::max());
  // 49.2 - 0.5 mW take 0.103 us to earn 5 nJ, after 1 us.
  power = {49.2, 0.5, 0.5, 1000, 5};
  EXPECT_EQ(power.least_gap_ps(), 1'102'669 + 1);
}

/// Two images of 1000 ns: 600 ns of work, 150 ns in 3 gaps that count, 250 ns in shorter ones.
program::CoreActivity two_images() {
  program::CoreActivity core;
  core.marks = {{100'000, 0, 0, 0}, {1'100'000, 600'000, 150'000, 3}, {2'100'000, 1'200'000, 300'000, 6}};
  return core;
}

TEST(CorePower, SplitsAnImagesTimeByTheMarksOfTheRun) {
  const CorePower power = power_of(two_images(), {0, 2}, gating(), 1'000'000);
  EXPECT_EQ(power.wakes, 3);
  EXPECT_EQ(time_in(power, PowerState::Busy), 600'000);
  EXPECT_EQ(time_in(power, PowerState::Waking), 30'000);
  EXPECT_EQ(time_in(power, PowerState::Gated), 120'000);
  EXPECT_EQ(time_in(power, PowerState::Waiting), 250'000);
  EXPECT_EQ(energy_in(power, PowerState::Busy), 50 * 1000 * std::int64_t{600'000});
  EXPECT_EQ(energy_in(power, PowerState::Waking), 50 * 1000 * std::int64_t{30'000} + 3 * 2'000'000);
  EXPECT_EQ(energy_in(power, PowerState::Gated), 10 * 1000 * std::int64_t{120'000});
  EXPECT_EQ(energy_in(power, PowerState::Waiting), 50 * 1000 * std::int64_t{250'000});
}

TEST(CorePower, TakesWhatAnImageLeavesOfTheTimeForOneGapMore) {
  const CorePower power = power_of(two_images(), {0, 2}, gating(), 1'500'000);
  EXPECT_EQ(power.wakes, 4);
  EXPECT_EQ(time_in(power, PowerState::Waking), 40'000);
  EXPECT_EQ(time_in(power, PowerState::Gated), 120'000 + 500'000 - 10'000);
  EXPECT_EQ(time_in(power, PowerState::Waiting), 250'000);
  // Too short to be worth it.
  const CorePower hardly = power_of(two_images(), {0, 2}, gating(), 1'010'000);
  EXPECT_EQ(hardly.wakes, 3);
  EXPECT_EQ(time_in(hardly, PowerState::Waiting), 260'000);
}

TEST(CorePower, NeverExceedsTheTimeThatThereIs) {
  for (const Picoseconds duration : {1, 500'000, 620'000, 760'000}) {
    const CorePower power = power_of(two_images(), {0, 2}, gating(), duration);
    EXPECT_EQ(std::accumulate(power.time_ps.begin(), power.time_ps.end(), Picoseconds{0}), duration);
    for (const Picoseconds time : power.time_ps) EXPECT_GE(time, 0) << duration;
  }
}

TEST(CorePower, IsExactlyPowerTimesTimeWhereNothingIsGated) {
  config::Power power = config::load_chip("hermes").power;
  program::CoreActivity core = two_images();
  for (program::CoreMark& mark : core.marks) mark.gaps_ps = mark.gaps = 0;
  for (const Picoseconds duration : {600'001, 1'000'003, 123'456'789})
    EXPECT_EQ(power_of(core, {0, 2}, power, duration).total(), common::aj_from_mw(49.2, duration));
}

TEST(MarkedImages, AreTheLastTwoThatHaveOneBehindThem) {
  const auto images = [](int count, int draining) {
    const MarkedImages marked = marked_images(count, draining);
    return std::pair{marked.first, marked.last};
  };
  EXPECT_EQ(images(6, 0), (std::pair{3, 5}));
  EXPECT_EQ(images(10, 2), (std::pair{5, 7}));
  EXPECT_EQ(images(4, 0), (std::pair{1, 3}));
  EXPECT_EQ(images(3, 0), (std::pair{0, 3}));
  EXPECT_EQ(images(1, 0), (std::pair{0, 1}));
}

/// A network on the toy chip, as one image alone.
struct Books {
  explicit Books(const config::Power& power) {
    chip = test::toy_chip(64);
    chip.power = power;
    const auto map = mapping::map(graph::fold(test::toy_network()), chip);
    program = mapping::build_program(map, chip).program;
    run = analytic::run(program, fabric::make(chip)->platform(), 1);
    books = account(program, run, {1, 0}, chip, run.end_ps);
  }
  config::Chip chip;
  program::Program program;
  program::Activity run;
  EnergyBooks books;
};

TEST(EnergyBooks, HaveEveryCoreInItsStatesForTheWholeTime) {
  const Books b(gating());
  Attojoules cores = 0;
  int off = 0, gated = 0;
  for (std::size_t core = 0; core < b.books.power.size(); ++core) {
    const CorePower& power = b.books.power[core];
    EXPECT_EQ(std::accumulate(power.time_ps.begin(), power.time_ps.end(), Picoseconds{0}), b.run.end_ps);
    EXPECT_EQ(time_in(power, PowerState::Busy), b.run.cores[core].busy_ps);
    off += time_in(power, PowerState::Off) == b.run.end_ps;
    gated += time_in(power, PowerState::Gated) > 0;
    cores += power.total();
  }
  EXPECT_GT(gated, 3);
  EXPECT_GT(off, 3);
  EXPECT_EQ(cores + b.books.routers, b.books.components[static_cast<int>(program::Component::Static)]);
}

TEST(EnergyBooks, SayWhatOtherIdlePowersWouldGive) {
  config::Power power = gating();
  power.waiting_mw = power.gated_mw = 12.0;  // idle cores take what they are compared with
  const Books always(power);
  EXPECT_EQ(always.books.with_idle_power[1], always.books.total);
  EXPECT_GT(always.books.with_idle_power[0], always.books.total);
  EXPECT_LT(always.books.with_idle_power[2], always.books.total);
  const Books gated(gating());
  Picoseconds idle = 0;
  for (const auto& core : gated.books.power)
    if (time_in(core, PowerState::Off) == 0) idle += gated.run.end_ps - time_in(core, PowerState::Busy);
  EXPECT_NEAR(static_cast<double>(gated.books.with_idle_power[0] - gated.books.with_idle_power[1]),
              (49.2 - 12.0) * 1e3 * static_cast<double>(idle), 1e3);
}

TEST(EnergyBooks, HaveALeastThatIsBelowWhatGatingReaches) {
  const Books gated(gating());
  EXPECT_LT(gated.books.least, gated.books.total);
  EXPECT_GT(static_cast<double>(gated.books.least), 0.9 * static_cast<double>(gated.books.total));
  config::Power never = gating();
  never.gated_mw = never.waiting_mw;
  const Books waiting(never);
  EXPECT_EQ(waiting.books.least, waiting.books.total);
  EXPECT_GT(waiting.books.total, gated.books.total);
}

}  // namespace
}  // namespace phasecore::run
