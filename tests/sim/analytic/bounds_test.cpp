// What must hold for every program, whatever it is.
#include <gtest/gtest.h>

#include <algorithm>

#include "random_program.hpp"
#include "sim/analytic/analytic.hpp"

namespace phasecore::analytic {
namespace {

using program::Activity;
using program::Picoseconds;

constexpr int kSeeds = 100;

template <class F>
void for_all(const F& f) {
  int seen = 0;
  for (int seed = 0; seed < kSeeds; ++seed)
    for (const bool contended : {false, true}) {
      auto r = test::random_program(seed, {seed % 2 == 0, contended});
      SCOPED_TRACE("seed " + std::to_string(seed) + (contended ? " contended" : ""));
      f(r);
      ++seen;
    }
  EXPECT_EQ(seen, 2 * kSeeds);
}

TEST(Analytic, NeverFinishesAnImageEarlierWhenAnythingGetsSlower) {
  for_all([](test::RandomProgram& r) {
    for (int what = 0; what < 6; ++what) {
      // A unit that may not overlap also holds one vector less, which a tight program may need to finish at
      // all.
      if (what == 5)
        for (auto& s : r.program.streams) s.capacity = std::max(s.capacity, s.tokens);
      const Activity before = run(r.program, r.platform(), r.images);
      auto slower = r;
      if (what == 0) slower.layout.chip.network.router_latency_cycles += 2;
      if (what == 1) slower.layout.chip.host.latency_cycles += 3;
      if (what == 2)
        for (auto& s : slower.program.streams) s.credit_ps += 5000;
      if (what == 3)
        for (auto& s : slower.program.streams) s.bytes *= 2;
      if (what == 4)
        for (auto& t : slower.program.tasks)
          if (t.core != program::kHost) t.visits[program::kCrossbar].duration_ps += 7000;
      if (what == 5)
        for (auto& t : slower.program.tasks)
          if (t.core != program::kHost) t.visits[program::kCrossbar].registers = 1;
      const Activity after = run(slower.program, slower.platform(), r.images);
      for (int m = 0; m < r.images; ++m)
        EXPECT_GE(after.image_end_ps[m], before.image_end_ps[m]) << "change " << what;
    }
  });
}

TEST(Analytic, NeverFinishesLaterWithMoreBuffers) {
  for_all([](test::RandomProgram& r) {
    const Activity before = run(r.program, r.platform(), r.images);
    for (auto& s : r.program.streams) s.capacity += 2;
    const Activity after = run(r.program, r.platform(), r.images);
    for (int m = 0; m < r.images; ++m) EXPECT_LE(after.image_end_ps[m], before.image_end_ps[m]);
  });
}

TEST(Analytic, ScalesWithTheUnitOfTime) {
  for_all([](test::RandomProgram& r) {
    const Activity before = run(r.program, r.platform(), r.images);
    r.layout.chip.network.clock_ps *= 3;
    r.layout.chip.host.clock_ps *= 3;
    for (auto& s : r.program.streams) s.credit_ps *= 3;
    for (auto& t : r.program.tasks)
      for (auto& visit : t.visits) {
        visit.duration_ps *= 3;
        visit.pipeline_ps *= 3;
      }
    const Activity after = run(r.program, r.platform(), r.images);
    EXPECT_EQ(after.end_ps, 3 * before.end_ps);
    for (std::size_t c = 0; c < before.cores.size(); ++c) {
      EXPECT_EQ(after.cores[c].busy_ps, 3 * before.cores[c].busy_ps);
      for (int cause = 0; cause < program::kStalls; ++cause)
        EXPECT_EQ(after.cores[c].stalled_ps[cause], 3 * before.cores[c].stalled_ps[cause]);
    }
  });
}

TEST(Analytic, KeepsACoreBusyAtLeastAsLongAsItsBusiestUnitAndAtMostAsAllTogether) {
  for_all([](test::RandomProgram& r) {
    const Activity a = run(r.program, r.platform(), r.images);
    for (const auto& t : r.program.tasks) {
      if (t.core == program::kHost) continue;
      const Picoseconds firings = Picoseconds{t.firings} * r.images;
      for (const auto& visit : t.visits) EXPECT_GE(a.cores[t.core].busy_ps, firings * visit.duration_ps);
      const auto& multiplication = t.visits[program::kCrossbar];
      if (multiplication.registers == 1) {
        EXPECT_GE(a.cores[t.core].busy_ps,
                  firings * (multiplication.duration_ps + t.visits[program::kDigital].duration_ps));
      }
    }
  });
}

TEST(IntervalBound, IsNeverAboveTheMeanIntervalOfManyImages) {
  for_all([](test::RandomProgram& r) {
    const Picoseconds bound = interval_bound(r.program, r.platform());
    // Links are free in the analytic engine, so only units of cores bound it; a program whose busiest unit is
    // a link is what the chip is tested with.
    auto wide = r;
    wide.layout.chip.network.flit_bytes = wide.layout.chip.host.bytes_per_cycle = 4096;
    wide.layout.chip.network.header_flits = 0;
    wide.layout.chip.network.clock_ps = wide.layout.chip.host.clock_ps = 1;
    const Picoseconds units = interval_bound(wide.program, wide.platform());
    EXPECT_GE(bound, units);
    const int images = 40;
    const Activity a = run(wide.program, wide.platform(), images);
    const Picoseconds mean = (a.image_end_ps[images - 1] - a.image_end_ps[0]) / (images - 1);
    const Picoseconds slack = a.image_end_ps[0] / (images - 1);  // the first image may leave late
    EXPECT_GE(mean + slack, units);
  });
}

TEST(Analytic, GivesTheSameBytesForTheSameInput) {
  for (int seed = 0; seed < 10; ++seed) {
    const auto r = test::random_program(seed, {true, true});
    EXPECT_EQ(program::to_bytes(run(r.program, r.platform(), r.images)),
              program::to_bytes(run(r.program, r.platform(), r.images)));
  }
}

}  // namespace
}  // namespace phasecore::analytic
