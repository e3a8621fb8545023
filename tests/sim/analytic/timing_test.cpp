// The timing rules on programs small enough to compute by hand. Times in picoseconds.
#include <gtest/gtest.h>

#include "common/diagnostics.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/analytic/recursion.hpp"
#include "small_program.hpp"

namespace phasecore::analytic {
namespace {

using namespace program;
using Vector = std::vector<Picoseconds>;

Times times_of(const test::SmallProgram& p, int images = 1) {
  check(p.program, p.platform());
  return recursion(p.program, p.platform(), images);
}

// small_program: 16-byte inputs over host links of 4 bytes per ns, latency 5 cycles -> 5 + 4 - 1 = 8 ns after
// the start, port 4 ns. load 2, mvm 50, digital 10, pipeline 3; partial sums of 7 flits over one link of
// latency 1 + 2.

TEST(Timing, OfOneFiringOnTwoCoresIsWhatAPencilGives) {
  const Times t = times_of(test::small_program(1));
  EXPECT_EQ(t.streams[0].arrival, Vector({8000}));
  EXPECT_EQ(t.streams[1].arrival, Vector({8000}));  // another core's host link
  const TaskTimes &first = t.tasks[1], &second = t.tasks[2];
  EXPECT_EQ(first.visits[kLoad].start, Vector({8000}));
  EXPECT_EQ(first.visits[kCrossbar].start, Vector({10000}));
  EXPECT_EQ(first.visits[kDigital].start, Vector({60000}));
  EXPECT_EQ(first.ends(), Vector({70000}));
  EXPECT_EQ(first.inject_start, Vector({63000}));  // pipeline 3
  EXPECT_EQ(first.inject_end, Vector({70000}));    // 7 flits
  EXPECT_EQ(t.streams[2].there, Vector({66000}));  // head: one link of 1 + 2 cycles
  EXPECT_EQ(t.streams[2].arrival, Vector({72000}));
  EXPECT_EQ(second.visits[kDigital].start, Vector({66000}));
  EXPECT_EQ(second.ends(), Vector({76000}));  // later than tail + pipeline = 75000
  EXPECT_EQ(second.inject_start, Vector({76000}));
  EXPECT_EQ(second.inject_end, Vector({78000}));  // ceil(7 / 4) host cycles
  EXPECT_EQ(t.tasks[3].ends(), Vector({76000 + (5 + 2 - 1) * 1000}));
}

TEST(Timing, OfAStreamedPartialSumWaitsForASlowProducersTail) {
  auto p = test::small_program(1);
  p.program.tasks[1].visits[program::kDigital].duration_ps = 30000;  // 60000..90000
  const Times t = times_of(p);
  EXPECT_EQ(t.tasks[1].inject_end, Vector({90000}));
  EXPECT_EQ(t.streams[2].there, Vector({66000}));
  EXPECT_EQ(t.streams[2].arrival, Vector({90000 + 3000 - 1000}));
  EXPECT_EQ(t.tasks[2].visits[kDigital].start, Vector({66000}));
  EXPECT_EQ(t.tasks[2].ends(), Vector({92000 + 3000}));
}

TEST(Timing, WithoutStreamingWaitsForTheWholePacket) {
  auto p = test::small_program(1);
  p.program.streams[2].streaming = false;
  const Times t = times_of(p);
  EXPECT_EQ(t.tasks[1].inject_start, Vector({70000}));
  EXPECT_EQ(t.streams[2].there, Vector({70000 + 3000 + 6000}));
  EXPECT_EQ(t.tasks[2].visits[kDigital].start, Vector({79000}));
}

TEST(Timing, MultipliesAgainOnlyAfterTheConversionUnlessTheyOverlap) {
  auto p = test::small_program(3);
  p.program.streams[0].capacity = p.program.streams[1].capacity = 3;
  Times t = times_of(p);
  EXPECT_EQ(t.tasks[1].visits[kCrossbar].start, Vector({10000, 70000, 130000}));
  EXPECT_EQ(t.tasks[1].visits[kLoad].start,
            Vector({8000, 12000, 70000}));  // double-buffered; token 2 came at 12000
  for (auto& task : p.program.tasks)
    if (task.core != kHost) task.visits[program::kCrossbar].registers = 2;
  t = times_of(p);
  EXPECT_EQ(t.tasks[1].visits[kCrossbar].start, Vector({10000, 60000, 110000}));
  EXPECT_EQ(t.tasks[1].visits[kDigital].start, Vector({60000, 110000, 160000}));
  for (auto& task : p.program.tasks)
    if (task.core != kHost)
      task.visits[program::kDigital].duration_ps = 80000;  // now the conversion is what takes long
  t = times_of(p);
  EXPECT_EQ(t.tasks[1].visits[kDigital].start, Vector({60000, 140000, 220000}));
  EXPECT_EQ(t.tasks[1].visits[kCrossbar].start, Vector({10000, 60000, 140000}));  // digital_end(0)
}

TEST(Timing, HoldsAProducerUntilACreditIsBack) {
  auto p = test::small_program(3);
  p.program.streams[0].capacity = 1;
  p.program.streams[0].credit_ps = 4000;
  const Times t = times_of(p);
  // free at load_end(0) = 10000, credit at 14000; the third needs load_end(1), after mvm_start(0)
  EXPECT_EQ(t.tasks[0].ends(), Vector({0, 14000, 28000}));
  EXPECT_EQ(t.streams[0].free, Vector({10000, 24000, 72000}));
  EXPECT_EQ(t.tasks[1].visits[kLoad].start,
            Vector({8000, 22000, 70000}));  // arrival 36000, but mvm_start(1) is 70000
}

TEST(Timing, FreesATokenThatNobodyNeededWhenItArrives) {
  auto p = test::small_program(2);
  p.program.streams[0].capacity = 1;
  p.program.tasks[1].inputs[0].need = {1, 1};     // the second token is never needed,
  p.program.tasks[1].inputs[0].release = {2, 2};  // and given up at once
  const Times t = times_of(p);
  EXPECT_EQ(t.streams[0].free, Vector({10000, 18000}));  // sent at 10000, there 8 ns later
}

TEST(Timing, NeedZeroWaitsForNothing) {
  auto p = test::small_program(2);
  p.program.tasks[1].inputs[0].need = {0, 2};
  p.program.tasks[1].inputs[0].release = {0, 2};
  const Times t = times_of(p, 2);
  EXPECT_EQ(t.tasks[1].visits[kLoad].start[0], 0);
  EXPECT_EQ(t.tasks[1].visits[kCrossbar].start[0], 2000);
}

TEST(Timing, StopsTheDigitalUnitUntilThePacketsOfTwoFiringsAgoAreInjected) {
  auto p = test::small_program(4);
  p.program.streams[2].bytes = 200;  // 200 ns per packet: the port is the bottleneck
  p.program.streams[2].capacity = 8;
  const Times t = times_of(p);
  const auto& first = t.tasks[1];
  EXPECT_EQ(first.inject_end[0], 63000 + 200000);
  EXPECT_EQ(first.visits[kDigital].start[1], 120000 + 0);  // load and mvm, two registers still free
  EXPECT_EQ(first.visits[kDigital].start[2], first.inject_end[0]);
  EXPECT_EQ(first.visits[kDigital].start[3], first.inject_end[1]);
}

TEST(Timing, OnTheMeshFollowsTheFormula) {
  auto p = test::small_program(1);
  config::Chip& chip = p.layout.chip;
  chip.network.topology = "mesh";
  chip.grid = {4, 3};
  chip.network.buffer_flits = 64;
  chip.network.header_flits = 1;
  chip.host.link = config::HostLink::Shared;
  chip.host.column = 0;
  chip.host.row = 1;
  p.program.tasks[2].core = 11;  // from core 0: 3 + 2 hops
  p.program.streams[2].streaming = false;
  p.program = p.layout.routed(std::move(p.program));
  const Times t = times_of(p);
  // L = 1, R = 2. Host to core 0: n = 1 + 4 host flits, 5 + 5 - 1 = 9 cycles; H = 1: 2 * 3 + 17 - 1 = 22
  // cycles
  EXPECT_EQ(t.streams[0].arrival, Vector({9000 + 22000}));
  // second output over the same host link, 5 cycles later; H = 3 + 1 = 4: 5 * 3 + 17 - 1 = 31 cycles
  EXPECT_EQ(t.streams[1].arrival, Vector({5000 + 9000 + 31000}));
  const Picoseconds sent = t.tasks[1].ends()[0];
  EXPECT_EQ(t.tasks[1].inject_start, Vector({sent}));
  EXPECT_EQ(t.tasks[1].inject_end, Vector({sent + 8000}));
  EXPECT_EQ(t.streams[2].arrival, Vector({sent + (7 * 1 + 6 * 2 + 8 - 1) * 1000}));
  // core 11 to the host: 5 * 3 + 8 - 1 = 22 cycles, then 5 + (1 + 2) - 1 = 7 on the host link
  const Picoseconds done = t.tasks[2].ends()[0];
  EXPECT_EQ(t.tasks[2].inject_end, Vector({done + 8000}));
  EXPECT_EQ(t.streams[3].arrival, Vector({done + 22000 + 7000}));
}

TEST(Stalls, AreIdleInputPartialSumAndBusyInTheRightPlaces) {
  auto p = test::small_program(1);
  p.program.tasks[1].visits[program::kCrossbar].duration_ps = 90000;  // the second core waits for the first
  const Activity a = run(p.program, p.platform(), 1);
  // core 1: idle to 8000, load and mvm to 60000, waits for the head at 100000 + 3000 + 3000, digital to
  // 116000, injection to 118000
  EXPECT_EQ(a.end_ps, 116000 + 6000);
  const CoreActivity& c = a.cores[1];
  EXPECT_EQ(c.idle_ps, 8000 + 4000);
  EXPECT_EQ(c.busy_ps, 52000 + 10000 + 2000);
  EXPECT_EQ(c.stalled_ps, (std::array<Picoseconds, kStalls>{0, 0, 46000, 0}));
}

TEST(Marks, CountTheGapsThatAreLongEnoughUpToEachImage) {
  auto p = test::small_program(2);
  p.program.streams[0].credit_ps = 200000;
  p.program.streams[0].capacity = 1;  // of each two inputs the second comes late, see Stalls
  program::Platform platform = p.platform();
  platform.least_gap_ps = 148000;
  const Activity a = run(p.program, platform, 2);
  const auto& marks = a.cores[0].marks;
  ASSERT_EQ(marks.size(), 3u);
  // Loading begins at 8000, works until 70000, and again from 218000 to 280000; 210 us after each other.
  EXPECT_EQ(marks[0], (CoreMark{8000, 0, 0, 0}));
  EXPECT_EQ(marks[1], (CoreMark{428000, 124000, 148000 + 148000, 2}));
  EXPECT_EQ(marks[2], (CoreMark{638000 + 62000, 248000, 3 * 148000, 3}));
  platform.least_gap_ps = 148001;
  EXPECT_EQ(run(p.program, platform, 2).cores[0].marks[2], (CoreMark{700000, 248000, 0, 0}));
}

TEST(Stalls, CountAMissingInputOnceTheImageHasBegun) {
  auto p = test::small_program(2);
  p.program.streams[0].credit_ps = 200000;
  p.program.streams[0].capacity = 1;  // the second input comes late: sent at 210000, there at 218000
  const Activity a = run(p.program, p.platform(), 1);
  const CoreActivity& c = a.cores[0];
  EXPECT_EQ(c.stalled_ps, (std::array<Picoseconds, kStalls>{218000 - 70000, 0, 0, 0}));
  EXPECT_EQ(c.busy_ps, 62000 + 62000);
}

TEST(Stalls, CountAFullReceiverAsMemory) {
  auto p = test::small_program(2);
  p.program.streams[2].capacity = 1;
  p.program.streams[2].credit_ps = 500000;
  const Activity a = run(p.program, p.platform(), 1);
  // freed at the second core's digital_end 76000; the first has multiplied again by 70000 + 50000
  EXPECT_EQ(a.cores[0].stalled_ps, (std::array<Picoseconds, kStalls>{0, 0, 0, 576000 - 120000}));
}

TEST(Stalls, CountAMissingSkipConnectionAsInput) {
  auto p = test::small_program(1);
  p.program.tasks[1].visits[program::kCrossbar].duration_ps = 90000;
  p.program.streams[2].partial_sum = false;
  const Activity a = run(p.program, p.platform(), 1);
  EXPECT_EQ(a.cores[1].stalled_ps, (std::array<Picoseconds, kStalls>{46000, 0, 0, 0}));
}

TEST(Analytic, NamesWhoWaitsWhenAProgramCannotFinish) {
  // The second core needs all 5 inputs for its first firing; the first core may then send one sum only, so it
  // stops after loading a third input, and the source cannot send the fifth.
  auto p = test::small_program(5);
  p.program.streams[0].capacity = 1;
  p.program.streams[1].capacity = 5;
  p.program.streams[2].capacity = 1;
  p.program.tasks[2].inputs[0].need = {5, 5, 5, 5, 5};
  p.program.tasks[2].inputs[0].release = {0, 0, 0, 0, 5};
  check(p.program, p.platform());
  try {
    run(p.program, p.platform(), 1);
    FAIL() << "a circular wait must be found";
  } catch (const common::InternalError& e) {
    const std::string text = e.what();
    EXPECT_NE(text.find("cannot finish"), std::string::npos) << text;
    EXPECT_NE(text.find("task 1 (conv) ended 1 of 5 firings"), std::string::npos) << text;
    EXPECT_NE(text.find("task 3 (shared) ended 0 of 5 firings"), std::string::npos) << text;
  }
  p.program.streams[0].capacity = 2;  // room for the fifth
  EXPECT_NO_THROW(run(p.program, p.platform(), 3));
}

}  // namespace
}  // namespace phasecore::analytic
