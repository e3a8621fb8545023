// Relations between runs that hold whatever the network, the chip and the mapping: times and counts.
//
// On paper nobody waits for a link, so what gets slower anywhere makes no image earlier. The chip in SystemC
// has scheduling anomalies, as every system with queues: a packet that comes late may find a free link where
// it would have stood in the way of a more urgent one. Relations of "never earlier" are therefore asked of
// paper alone; those of equality of both engines.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/load.hpp"
#include "sim/program/deadlock.hpp"
#include "sim/run/account.hpp"
#include "sim/run/bounds.hpp"
#include "sim/run/chip_runner.hpp"
#include "tests/sim/random_cases/random_case.hpp"
#include "tests/sim/random_cases/random_chip.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore {
namespace {

using common::Picoseconds;
using program::Activity;
using program::Program;
using test::Dice;
using test::RandomCase;

constexpr int kCases = 200;

Activity on_paper(const RandomCase& c, int images) {
  return analytic::run(c.built.program, c.platform, images);
}

void expect_never_earlier(const Activity& slower, const Activity& faster) {
  ASSERT_EQ(slower.image_end_ps.size(), faster.image_end_ps.size());
  for (std::size_t i = 0; i < slower.image_end_ps.size(); ++i)
    EXPECT_GE(slower.image_end_ps[i], faster.image_end_ps[i]) << "image " << i;
}

TEST(SteadyState, TwiceTheImagesTakeTwiceTheTimeLessTheFill) {
  int settled = 0;
  test::for_random_cases(0, kCases, [&](const RandomCase& c) {
    const int ahead = program::images_ahead(c.built.program), images = 16 + 2 * (ahead / 2);
    const Activity once = on_paper(c, images), twice = on_paper(c, 2 * images);
    const Picoseconds busiest = analytic::interval_bound(c.built.program, c.platform);
    const auto first = run::steady_interval(once, run::least_interval(once, busiest, ahead), ahead);
    const auto second = run::steady_interval(twice, run::least_interval(twice, busiest, ahead), ahead);
    if (first.period == 0 || first.raised || second.raised || first.value != second.value) return;
    ++settled;
    const Picoseconds more =
        twice.image_end_ps.at(2 * images - 1 - ahead) - once.image_end_ps.at(images - 1 - ahead);
    EXPECT_GE(more, images * second.value);
    EXPECT_LE(more, images * second.value + images / 2) << "a mean of two is rounded down";
  });
  EXPECT_TRUE(!test::all_seeds() || settled >= kCases * 3 / 4) << settled;
}

TEST(Images, DoNotWaitForThoseBehindThem) {
  test::for_random_cases(200, kCases, [](const RandomCase& c) {
    const int ahead = program::images_ahead(c.built.program), images = 3 + ahead;
    const Activity few = on_paper(c, images), more = on_paper(c, images + 4);
    for (int i = 0; i < images - ahead; ++i) EXPECT_EQ(few.image_end_ps[i], more.image_end_ps[i]) << i;
  });
}

TEST(Links, ThatAreSlowerMakeNoImageEarlier) {
  int later = 0;
  test::for_random_cases(400, kCases, [&](const RandomCase& c) {
    Dice dice(c.seed, 63);
    program::Platform slower = c.platform;
    for (program::Link& link : slower.links) {
      if (dice.chance(50)) link.latency_ps += 1 + dice.below(5000);
      if (dice.chance(20)) link.router_ps += dice.below(5000);
    }
    const Activity slow = analytic::run(c.built.program, slower, 3), fast = on_paper(c, 3);
    expect_never_earlier(slow, fast);
    later += slow.end_ps > fast.end_ps;
  });
  EXPECT_TRUE(!test::all_seeds() || later > kCases / 2) << later;
}

TEST(Units, ThatAreSlowerMakeNoImageEarlier) {
  int later = 0;
  test::for_random_cases(600, kCases, [&](const RandomCase& c) {
    Dice dice(c.seed, 63);
    Program slower = c.built.program;
    for (program::Task& task : slower.tasks)
      for (program::Visit& visit : task.visits)
        if (dice.chance(30)) visit.duration_ps += dice.below(200'000);
    const Activity slow = analytic::run(slower, c.platform, 3), fast = on_paper(c, 3);
    expect_never_earlier(slow, fast);
    later += slow.end_ps > fast.end_ps;
  });
  EXPECT_TRUE(!test::all_seeds() || later > kCases / 2) << later;
}

TEST(Buffers, ThatAreLargerMakeNoImageLater) {
  int earlier = 0;
  test::for_random_cases(800, kCases, [&](const RandomCase& c) {
    Dice dice(c.seed, 63);
    Program roomier = c.built.program;
    for (program::Stream& stream : roomier.streams)
      if (!stream.signal) stream.capacity += dice.below(4);
    const Activity roomy = analytic::run(roomier, c.platform, 3), tight = on_paper(c, 3);
    expect_never_earlier(tight, roomy);
    earlier += roomy.end_ps < tight.end_ps;
  });
  EXPECT_TRUE(!test::all_seeds() || earlier > 0) << earlier;
}

/// Everything that takes time takes `factor` times as long.
void slow_down(Program& program, program::Platform& platform, int factor) {
  for (program::Task& task : program.tasks)
    for (program::Visit& visit : task.visits) {
      visit.duration_ps *= factor;
      visit.pipeline_ps *= factor;
    }
  for (program::Stream& stream : program.streams) stream.credit_ps *= factor;
  for (program::Conversion& conversion : program.conversions) conversion.token_ps *= factor;
  for (program::Link& link : platform.links) {
    link.clock_ps *= factor;
    link.latency_ps *= factor;
    link.router_ps *= factor;
    link.credit_ps *= factor;
  }
}

void expect_times_as_long(const Activity& slow, const Activity& fast, int factor) {
  EXPECT_EQ(slow.end_ps, factor * fast.end_ps);
  for (std::size_t i = 0; i < fast.image_end_ps.size(); ++i)
    EXPECT_EQ(slow.image_end_ps[i], factor * fast.image_end_ps[i]);
  for (std::size_t c = 0; c < fast.cores.size(); ++c) {
    EXPECT_EQ(slow.cores[c].busy_ps, factor * fast.cores[c].busy_ps);
    EXPECT_EQ(slow.cores[c].idle_ps, factor * fast.cores[c].idle_ps);
  }
}

TEST(Time, HasNoScaleInEitherEngine) {
  run::ChipRunner chips;
  test::for_random_cases(1000, kCases, [&](const RandomCase& c) {
    const int factor = 2 + static_cast<int>(c.seed % 3);
    Program slower = c.built.program;
    program::Platform platform = c.platform;
    slow_down(slower, platform, factor);
    expect_times_as_long(analytic::run(slower, platform, 2), on_paper(c, 2), factor);
    expect_times_as_long(chips.run(platform, slower, 2), chips.run(c.platform, c.built.program, 2), factor);
  });
}

TEST(Chip, HasNoMemoryOfTheProgramBefore) {
  run::ChipRunner chips;
  test::for_random_cases(1200, kCases, [&](const RandomCase& c) {
    const std::string alone = program::to_bytes(chips.run(c.platform, c.built.program, 1));
    // The same chip, so the same process, with other times in between.
    Program other = c.built.program;
    for (program::Task& task : other.tasks)
      for (program::Visit& visit : task.visits) visit.duration_ps = visit.duration_ps * 3 + 1000;
    EXPECT_NE(program::to_bytes(chips.run(c.platform, other, 2)), alone);
    EXPECT_EQ(program::to_bytes(chips.run(c.platform, c.built.program, 1)), alone);
  });
}

TEST(Counts, OfManyImagesAreManyTimesThoseOfOne) {
  run::ChipRunner chips;
  test::for_random_cases(1400, kCases, [&](const RandomCase& c) {
    constexpr int kImages = 3;
    const Activity one = chips.run(c.platform, c.built.program, 1);
    const Activity many = chips.run(c.platform, c.built.program, kImages);
    for (std::size_t t = 0; t < one.tasks.size(); ++t)
      EXPECT_EQ(many.tasks[t].firings, kImages * one.tasks[t].firings);
    for (std::size_t s = 0; s < one.stream_tokens.size(); ++s)
      EXPECT_EQ(many.stream_tokens[s], kImages * one.stream_tokens[s]);
    for (std::size_t l = 0; l < one.links.size(); ++l) {
      EXPECT_EQ(many.links[l].flits, kImages * one.links[l].flits);
      EXPECT_EQ(many.links[l].busy_ps, kImages * one.links[l].busy_ps);
    }
  });
}

}  // namespace
}  // namespace phasecore
