// Not ready at t - 1, ready at t: what a firing waits for, to the picosecond.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "sim/chip/chip.hpp"
#include "tests/sim/chip/programs.hpp"

namespace phasecore::test {
namespace {

using program::kDigital;
using program::kLoad;
using program::Stall;

struct Waiting {
  Picoseconds stalled = 0;  ///< of core 1, for the cause under test
  Picoseconds end = 0;      ///< of core 1's task
};

/// Builds and runs a program whose core 1 is ready `early` ps before what it waits for.
using Experiment = std::function<Waiting(LaidOutChip&, Picoseconds early)>;

Waiting observe(LaidOutChip& chip, ProgramBuilder& b, int task, Stall cause) {
  const auto a = chip.run(b.program(), {});
  return {a.cores[1].stalled_ps[static_cast<int>(cause)], a.tasks[task].last_end_ps};
}

/// One picosecond too early is one picosecond of stall; on time is none; too late moves the end.
void expect_exact(const Layout& layout, const Experiment& experiment) {
  LaidOutChip chip(layout);
  const Waiting reference = experiment(chip, 0);
  for (const Picoseconds early : {0, 1, 700}) {
    const Waiting w = experiment(chip, early);
    EXPECT_EQ(w.stalled - reference.stalled, early);
    EXPECT_EQ(w.end, reference.end);
  }
  for (const Picoseconds late : {1, 300}) {
    const Waiting w = experiment(chip, -late);
    EXPECT_EQ(w.stalled, reference.stalled);
    EXPECT_EQ(w.end, reference.end + late);
  }
}

TEST(Ready, ADigitalTokenIsThereWithItsTail) {
  // Both get their token with the host's packets; 0 -> 1 carries a partial sum of 3 flits.
  expect_exact(mesh(2, 1), [](LaidOutChip& chip, Picoseconds early) {
    ProgramBuilder b;
    const int source = b.host(1);
    const int first = b.core(0, 1, 0, 0, 20000);
    // Tokens at 4 ns (core 0) and 2 + 6 = 8 ns (core 1); the sum leaves at 24 and is there at 24 + 3 + 4 + 2
    // = 33.
    const int second = b.core(1, 1, 0, 25000 - early, 1000);
    const int sink = b.host(1);
    b.connect(source, first, {kLoad, 1, 1});
    b.connect(source, second, {kLoad, 1, 1});
    b.connect(first, second, {kDigital, 12, 1, false, true});
    b.connect(second, sink, {kLoad, 1, 1});
    return observe(chip, b, second, Stall::PartialSum);
  });
}

TEST(Ready, AStreamingTokenIsThereWithItsHead) {
  expect_exact(chain_of_links(2), [](LaidOutChip& chip, Picoseconds early) {
    ProgramBuilder b;
    const int source = b.host(1);
    const int first = b.core(0, 1, 0, 0, 20000);
    // Tokens at 1 ns; the head leaves 5 ns later and takes 3 cycles: 9 ns.
    const int second = b.core(1, 1, 0, 8000 - early, 30000);
    const int sink = b.host(1);
    b.visit(first, program::kDigital).pipeline_ps = 5000;
    b.connect(source, first, {kLoad, 1, 1});
    b.connect(source, second, {kLoad, 1, 1});
    b.connect(first, second, {kDigital, 12, 1, true, true});
    b.connect(second, sink, {kLoad, 1, 1});
    return observe(chip, b, second, Stall::PartialSum);
  });
}

TEST(Ready, ACreditIsUsableItsLatencyAfterTheTokenIsFreed) {
  LaidOutChip chip(mesh(3, 1));
  for (const Picoseconds late : {-1000, -1, 0, 1, 700}) {
    ProgramBuilder b;
    const int source = b.host(2);
    const int first = b.core(1, 2, 0, 30000, 1000);
    const int second = b.core(2, 2, 0, 0, 1000);
    b.visit(first, program::kCrossbar).registers = 2;
    const int sink = b.host(2);
    // Firing 0 ends at 7 + 30 + 1 = 38 ns, the token is there and freed at 38 + 3 + 4 = 45 ns; a credit that
    // takes 22 ns is there at 67 ns, just when firing 1 is multiplied (7 + 30 + 30).
    b.connect(source, first, {kLoad, 1, 2});
    b.connect(first, second, {kLoad, 4, 1, false, false, 22000 + late});
    b.connect(second, sink, {kLoad, 1, 2});
    const Waiting w = observe(chip, b, first, Stall::Memory);
    EXPECT_EQ(w.stalled, std::max<Picoseconds>(0, late));
    EXPECT_EQ(w.end, 68000 + std::max<Picoseconds>(0, late));
  }
}

TEST(Ready, ALoadTokenIsThereWithItsTail) {
  // The second token takes the time that firing 0 needs; the register is free before.
  LaidOutChip chip(mesh(2, 1));
  for (const Picoseconds mvm : {6000, 5999, 5000}) {
    ProgramBuilder b;
    const int source = b.host(2);
    const int worker = b.core(1, 2, 0, mvm, 1);
    b.visit(worker, program::kCrossbar).registers = 2;
    const int sink = b.host(2);
    // 5-byte tokens: 5 host cycles each, so one every 5 ns; 2 flits.
    b.connect(source, worker, {kLoad, 5, 2});
    b.connect(worker, sink, {kLoad, 1, 2});
    const auto a = chip.run(b.program(), {});
    // first token: 1 + 5 - 1 + 6 + 1 = 12 ns, second 17 ns
    EXPECT_EQ(a.tasks[worker].first_start_ps, 12000);
    EXPECT_EQ(a.tasks[worker].last_end_ps, std::max<Picoseconds>(17000, 12000 + mvm) + mvm + 1) << mvm;
  }
}

TEST(Ready, AFiringWaitsForThePacketsOfTheOneBeforeTheLast) {
  LaidOutChip chip(mesh(2, 1));
  ProgramBuilder b;
  const int source = b.host(4);
  const int first = b.core(0, 4, 0, 0, 1000);
  const int second = b.core(1, 4, 0, 0, 1000);
  const int sink = b.host(4);
  b.connect(source, first, {kLoad, 1, 4});
  b.connect(first, second, {kLoad, 64, 4});  // 16 flits, as much as a buffer holds
  b.connect(second, sink, {kLoad, 1, 4});
  const auto a = chip.run(b.program(), {});
  // Digital ends at 5 and 6 ns. Packet 0 leaves from 5 to 21 ns; its room in the router comes back when its
  // tail has left for core 1 (5 + 3 + 16) and the credit has crossed the link: 25 ns. Packet 1: 25 to 41. So
  // firing 2 starts at 21 and firing 3 at 41 ns; from 22 to 25 ns it waits while the port waits for room.
  EXPECT_EQ(a.tasks[first].last_end_ps, 42000);
  EXPECT_EQ(a.cores[0].stalled_ps[static_cast<int>(Stall::Link)], 3000);
}

}  // namespace
}  // namespace phasecore::test
