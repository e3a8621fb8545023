// Every latency by hand: one core, chains, both kinds of links, the host's links.
#include <gtest/gtest.h>

#include "sim/chip/chip.hpp"
#include "tests/sim/chip/programs.hpp"

namespace phasecore::test {
namespace {

using program::Activity;
using program::Stall;

Activity run(const Layout& layout, ProgramBuilder& builder, int images = 1) {
  LaidOutChip chip(layout);
  chip::RunOptions options;
  options.images = images;
  return chip.run(builder.program(), options);
}

Picoseconds stalled(const program::CoreActivity& core, Stall cause) {
  return core.stalled_ps[static_cast<int>(cause)];
}

/// Source -> core 0 -> sink with one firing; load 3 ns, MVM 50 ns, digital 7 ns; 4-byte tokens.
struct OneCore : ProgramBuilder {
  explicit OneCore(int firings = 1, int capacity = 2) {
    source = host(firings);
    worker = core(0, firings, 3000, 50000, 7000);
    sink = host(firings);
    in = connect(source, worker, {program::kLoad, 4, capacity});
    out = connect(worker, sink, {program::kLoad, 4, capacity});
  }
  int source, worker, sink, in, out;
};

TEST(Core, RunsOneFiringInTheSumOfItsLatencies) {
  OneCore p;
  const Activity a = run(mesh(1, 1), p);
  // Host link: latency 1 + 4 bytes - 1 = 4 cycles; router 2, ejection link 1: the token is there at 7 ns.
  EXPECT_EQ(a.tasks[p.worker].first_start_ps, 7000);
  EXPECT_EQ(a.tasks[p.worker].last_end_ps, 7000 + 3000 + 50000 + 7000);
  // Injection link 1, router 2 (F = 1), host link 4 cycles.
  EXPECT_EQ(a.image_end_ps, std::vector<Picoseconds>{67000 + 3000 + 4000});
  EXPECT_EQ(a.end_ps, 74000);
  EXPECT_EQ(a.cores[0].busy_ps, 61000);  // and one cycle of injection
  EXPECT_EQ(a.cores[0].idle_ps, 7000 + 6000);
  EXPECT_EQ(a.cores[0].firings, 1);
  ASSERT_EQ(a.links.size(), 2U);
  EXPECT_EQ(a.links[0].from, program::kHost);
  EXPECT_EQ(a.links[0].flits, 4);
  EXPECT_EQ(a.links[1].to, program::kHost);
}

TEST(Core, MultipliesWhileItLoadsAndConvertsOnlyWithOverlap) {
  for (const bool overlap : {false, true}) {
    ProgramBuilder b;
    OneCore p(3, 3);
    p.visit(p.worker, program::kCrossbar).registers = overlap ? 2 : 1;
    // Second structure in one process is impossible, so both runs share a chip.
    static LaidOutChip chip(mesh(1, 1));
    const Activity a = chip.run(p.program(), {});
    // Tokens at 7, 11, 15 ns. Without overlap a firing costs MVM + digital after the first load, with it the
    // MVM.
    const Picoseconds expected = overlap ? 10000 + 3 * 50000 + 7000 : 10000 + 3 * 57000;
    EXPECT_EQ(a.tasks[p.worker].last_end_ps, expected) << overlap;
  }
}

TEST(Core, WaitsForACreditAndCountsItAsMemory) {
  ProgramBuilder b;
  const int source = b.host(3);
  const int fast = b.core(0, 3, 0, 10000, 1000);
  const int slow = b.core(1, 3, 0, 200000, 1000);
  const int sink = b.host(3);
  b.connect(source, fast, {program::kLoad, 1, 3});
  b.connect(fast, slow, {program::kLoad, 4, 1, false, false, 5000});
  b.connect(slow, sink, {program::kLoad, 1, 3});
  const Activity a = run(mesh(2, 1), b);
  // Token at 4 ns; fast ends firing 0 at 15 ns. Two hops' worth: (1+2) L + (1+1) R + F - 1 = 7 cycles: slow
  // has it at 22 ns, loads in no time, so the place is free at 22 ns and the credit is there at 27 ns. Firing
  // 1 of fast was multiplied at 25 ns and starts its digital part at 27 ns, ends at 28, arrives at 35; slow
  // is busy till 222 ns but its register is double-buffered: loaded at once, credit at 40 ns. Firing 2 of
  // fast: MVM 28..38, digital at 40.
  EXPECT_EQ(a.tasks[fast].last_end_ps, 41000);
  EXPECT_EQ(stalled(a.cores[0], Stall::Memory), 2000 + 2000);
  // Firing 2 of slow waits for the register until firing 1 is multiplied (no overlap: 22 + 201 = 223 ns).
  EXPECT_EQ(a.tasks[slow].last_end_ps, 22000 + 3 * 201000);
  EXPECT_EQ(a.cores[0].firings, 3);
}

TEST(Mesh, DeliversAPacketAfterItsLatencyInEveryDirection) {
  static LaidOutChip chip(mesh(3, 3));
  for (const int target : {1, 3, 5, 7, 0, 8}) {
    ProgramBuilder b;
    const int source = b.host(1);
    const int centre = b.core(4, 1, 0, 0, 1000);
    const int other = b.core(target, 1, 0, 0, 1000);
    const int sink = b.host(1);
    b.connect(source, centre, {program::kLoad, 1, 1});
    b.connect(centre, other, {program::kLoad, 20, 1});
    b.connect(other, sink, {program::kLoad, 1, 1});
    const Activity a = chip.run(b.program(), {});
    // Host link 1 cycle, then 2 hops to the centre: (H + 1) (L + R) + F - 1 = 9 cycles.
    EXPECT_EQ(a.tasks[centre].first_start_ps, 10000);
    const int hops = target % 2 == 1 ? 1 : 2;  // from the centre
    const int flits = 5;
    EXPECT_EQ(a.tasks[other].first_start_ps, 11000 + ((hops + 2) + (hops + 1) * 2 + flits - 1) * 1000)
        << target;
  }
}

TEST(Mesh, SharesALinkBetweenTwoPacketsOfTheSameInstant) {
  // Cores 0 and 1 send 5 flits at the same instant over the link 1 -> 2.
  ProgramBuilder b;
  const int source = b.host(1);
  const int left = b.core(0, 1, 0, 0, 40000);
  const int middle = b.core(1, 1, 0, 0, 40000);
  const int right = b.core(2, 1, 0, 0, 1000);
  const int sink = b.host(1);
  b.connect(source, left, {program::kLoad, 1, 1});
  b.connect(source, middle, {program::kLoad, 1, 1});
  const int far = b.connect(left, right, {program::kLoad, 20, 1});
  const int near = b.connect(middle, right, {program::kLoad, 20, 1});
  b.connect(right, sink, {program::kLoad, 1, 1});
  // The middle core's token comes 1 cycle (host link) + 3 cycles (one hop) later; from 0 to router 1 it takes
  // 3 more than from 1: with equal work the far packet is ready at router 1 first, so delay it by 1 cycle to
  // make it a tie.
  b.visit(left, program::kDigital).duration_ps += 1000;
  const Activity a = run(mesh(3, 1), b);
  EXPECT_EQ(a.tasks[left].first_start_ps, 4000);
  EXPECT_EQ(a.tasks[middle].first_start_ps, 8000);
  // Ready at router 1: far: 45 + L R L R = 51 ns, near: 48 + L R = 51 ns. Round robin starts with the east,
  // west, north, south inputs, so the far one goes first (51), the near one 5 flits later (56): + L + R + L +
  // F - 1.
  EXPECT_EQ(a.tasks[right].first_start_ps, 56000 + (1 + 2 + 1 + 4) * 1000);
  int queued = 0;
  for (const auto& link : a.links)
    if (link.from == 1 && link.to == 2) queued = link.max_queue;
  EXPECT_EQ(queued, 1);
  EXPECT_EQ(a.stream_tokens[far], 1);
  EXPECT_EQ(a.stream_tokens[near], 1);
}

TEST(Links, StreamPartialSumsBeforeTheProducerHasFinished) {
  // Digital 100 ns, pipeline 10 ns, 25 flits of 4 bytes; both cores start at 1 ns.
  ProgramBuilder b;
  const int source = b.host(1);
  const int first = b.core(0, 1, 0, 0, 100000);
  const int second = b.core(1, 1, 0, 0, 100000);
  const int sink = b.host(1);
  b.connect(source, first, {program::kLoad, 1, 1});
  b.connect(source, second, {program::kLoad, 1, 1});
  b.connect(first, second, {program::kDigital, 100, 1, true, true});
  b.connect(second, sink, {program::kLoad, 1, 1});
  b.visit(first, program::kDigital).pipeline_ps = b.visit(second, program::kDigital).pipeline_ps = 10000;
  const Activity a = run(chain_of_links(2), b);
  EXPECT_EQ(a.tasks[first].last_end_ps, 101000);
  // Head: 1 + 10 + 3 = 14 ns, so the second's digital unit starts then; tail: the producer is slower than the
  // 25 flits: 101 + 3 - 1 = 103 ns; end = max(14 + 100, 103 + 10).
  EXPECT_EQ(a.tasks[second].last_end_ps, 114000);
  EXPECT_EQ(stalled(a.cores[1], Stall::PartialSum), 13000);
}

/// LG Table I: 2016 x 224 in 8 cores whose partial sums stream along a chain. Clock 2.5 ns, 1 byte per flit.
Picoseconds published_layer(Picoseconds mvm_ps) {
  Layout layout = chain_of_links(8);
  config::Interconnect& network = layout.chip.network;
  network.clock_ps = layout.chip.host.clock_ps = 2500;
  network.flit_bytes = 1;
  network.link_latency_cycles = 1;
  network.router_latency_cycles = 8;
  layout.chip.host.bytes_per_cycle = 252;
  ProgramBuilder b;
  const int source = b.host(1);
  std::vector<int> cores;
  // configs/chips/hermes.yaml: 14 clocks of pipeline, 9 per hop; 7 (14 + 9) + 14 = 175 clocks beside the 224
  // outputs.
  for (int k = 0; k < 8; ++k) {
    cores.push_back(b.core(k, 1, 0, mvm_ps, (224 + 14) * 2500));
    b.visit(cores[k], program::kDigital).pipeline_ps = 14 * 2500;
  }
  const int sink = b.host(1);
  for (int k = 0; k < 8; ++k) b.connect(source, cores[k], {program::kLoad, 252, 1});
  for (int k = 0; k < 7; ++k) b.connect(cores[k], cores[k + 1], {program::kDigital, 224, 1, true, true});
  b.connect(cores[7], sink, {program::kLoad, 224, 1});
  const Activity a = run(layout, b);
  return a.tasks[cores[7]].last_end_ps - a.tasks[cores[0]].first_start_ps;
}

TEST(Links, MeetThePublishedLatencyOfTheEightCoreLayerInOnePhase) {
  EXPECT_NEAR(published_layer(133000), 1131000, 0.001 * 1131000);
}

TEST(Links, MeetThePublishedLatencyOfTheEightCoreLayerInFourPhases) {
  EXPECT_NEAR(published_layer(520000), 1518000, 0.001 * 1518000);
}

TEST(Links, AreHeldByOnePacketAtATime) {
  // 0 -> 2 over both links and 1 -> 2 over the second: the circuits exclude each other.
  ProgramBuilder b;
  const int source = b.host(1);
  const int left = b.core(0, 1, 0, 0, 10000);
  const int middle = b.core(1, 1, 0, 0, 10000);
  const int right = b.core(2, 1, 0, 0, 1000);
  const int sink = b.host(1);
  b.connect(source, left, {program::kLoad, 1, 1});
  b.connect(source, middle, {program::kLoad, 1, 1});
  b.connect(left, right, {program::kLoad, 20, 1, false, false});
  b.connect(middle, right, {program::kLoad, 20, 1, false, false});
  b.connect(right, sink, {program::kLoad, 1, 1});
  const Activity a = run(chain_of_links(3), b);
  // Both ask at 11 ns; core 0 is served first: holds the second link until 11 + 5 + 3 = 19 ns. Core 1 starts
  // then: tail 19 + 3 + 4 = 26 ns.
  EXPECT_EQ(a.tasks[right].first_start_ps, 26000);
}

TEST(Links, LetNoYoungerRequestOvertakeWhereAnOlderOneWaits) {
  // 2 -> 3 is held for 100 cycles, 0 -> 3 waits for it, 1 -> 2 asks last and needs a free link of the waiting
  // route.
  ProgramBuilder b;
  const int source = b.host(1);
  const int oldest = b.core(2, 2, 0, 0, 1000);
  const int older = b.core(0, 1, 0, 0, 10000);
  const int younger = b.core(1, 1, 0, 0, 20000);
  const int last = b.core(3, 1, 0, 0, 1000);
  const int sink = b.host(1);
  b.connect(source, oldest, {program::kLoad, 1, 1, false, false, 0, {1, 1}});
  b.connect(source, older, {program::kLoad, 1, 1});
  b.connect(source, younger, {program::kLoad, 1, 1});
  b.connect(oldest, last, {program::kLoad, 400, 1, false, false, 0, {}, {}, {1, 0}});
  b.connect(older, last, {program::kLoad, 40, 1, false, false});
  b.connect(younger, oldest, {program::kLoad, 40, 1, false, false, 0, {0, 1}});
  b.connect(last, sink, {program::kLoad, 1, 1});
  const Activity a = run(chain_of_links(4), b);
  // 2 -> 3 is free at 2 + 100 = 102 ns, so 0 -> 3 starts two hops of 3 ns before, at 96 ns, and holds 1 -> 2
  // from 99 to 109 ns. Then 10 flits over one hop: 109 + 3 + 9 = 121 ns, and one more for the second firing.
  EXPECT_EQ(a.tasks[oldest].last_end_ps, 122000);
}

TEST(Chip, ReportsEveryRunFromTimeZero) {
  LaidOutChip chip(mesh(1, 1));
  OneCore p(2);
  const Activity first = chip.run(p.program(), {});
  const Activity second = chip.run(p.program(), {});
  EXPECT_EQ(program::to_bytes(first), program::to_bytes(second));
}

TEST(Chip, TakesSeveralImagesBackToBack) {
  OneCore p(1, 1);
  const Activity a = run(mesh(1, 1), p, 3);
  ASSERT_EQ(a.image_end_ps.size(), 3U);
  // Without overlap the interval is MVM + digital.
  EXPECT_EQ(a.image_end_ps[1] - a.image_end_ps[0], 57000);
  EXPECT_EQ(a.image_end_ps[2] - a.image_end_ps[1], 57000);
}

}  // namespace
}  // namespace phasecore::test
