// What goes wrong inside a run reaches the caller, and the chip goes on working.
#include <gtest/gtest.h>

#include "sim/chip/chip.hpp"
#include "tests/sim/chip/programs.hpp"
#include "tests/support/support.hpp"

namespace phasecore::test {
namespace {

using program::Phase;

/// 0 feeds 1 and, past it, 2; 1 needs three tokens before it fires for the first time, the skip holds only
/// one.
struct TooSmallASkip : ProgramBuilder {
  explicit TooSmallASkip(int skip_capacity) {
    source = host(3);
    first = core(0, 3, 0, 1000, 1000);
    window = core(1, 3, 0, 1000, 1000);
    join = core(2, 3, 0, 1000, 1000);
    sink = host(3);
    connect(source, first, {});
    Link all;
    all.capacity = 3;
    all.need = {3, 3, 3};
    all.release = {0, 0, 3};
    connect(first, window, all);
    connect(window, join, {});
    Link skip;
    skip.phase = Phase::Digital;
    skip.capacity = skip_capacity;
    connect(first, join, skip);
    connect(join, sink, {});
  }
  int source, first, window, join, sink;
};

TEST(Deadlock, IsAnErrorThatNamesWhoWaitsForWhom) {
  chip::Chip chip(mesh(3, 1));
  TooSmallASkip bad(1);
  const std::string message = internal_error([&] { chip.run(bad.program(), {}); });
  EXPECT_NE(message.find("deadlock after "), std::string::npos) << message;
  EXPECT_NE(
      message.find(
          "core_0 (task 1, layer 'layer 0'), firing 1 of image 0 waits for memory: a credit of stream 3 "
          "from core_2 (task 3, layer 'layer 2'), whose buffer of 1 tokens is full"),
      std::string::npos)
      << message;
  EXPECT_NE(
      message.find(
          "core_1 (task 2, layer 'layer 1'), firing 0 of image 0 waits for input: token 3 of image 0 of "
          "stream 1 from core_0 (task 1, layer 'layer 0'), 1 are there"),
      std::string::npos)
      << message;
  EXPECT_NE(message.find("core_2 (task 3, layer 'layer 2'), firing 0 of image 0 waits for input: token 1"),
            std::string::npos)
      << message;
}

TEST(Deadlock, DoesNotSpoilTheChipForTheNextProgram) {
  chip::Chip chip(mesh(3, 1));
  TooSmallASkip bad(1), good(3);
  const auto before = chip.run(good.program(), {});
  internal_error([&] { chip.run(bad.program(), {}); });
  EXPECT_EQ(program::to_bytes(chip.run(good.program(), {})), program::to_bytes(before));
}

TEST(Watchdog, EndsARunWithoutProgress) {
  ProgramBuilder b;
  const int source = b.host(2);
  const int worker = b.core(0, 2, 0, 1000, 1000);
  const int sink = b.host(2);
  b.connect(source, worker, {Phase::Load, 4, 1, false, false, {}, 50'000'000});  // a credit takes 50 us
  b.connect(worker, sink, {});
  chip::Chip chip(mesh(1, 1));
  chip::RunOptions options;
  options.watchdog_ps = 10'000'000;
  const std::string message = internal_error([&] { chip.run(b.program(), options); });
  EXPECT_NE(message.find("no progress for 10002000 ps"), std::string::npos) << message;
  EXPECT_NE(message.find("host (task 0, layer 'source'), firing 1 of image 0 waits for memory"),
            std::string::npos)
      << message;
  options.watchdog_ps = 100'000'000;
  EXPECT_EQ(chip.run(b.program(), options).tasks[worker].firings, 2);
}

TEST(Watchdog, WaitsForALongFiring) {
  ProgramBuilder b;
  const int source = b.host(1);
  const int slow = b.core(0, 1, 0, 0, 500'000'000);
  const int sink = b.host(1);
  b.connect(source, slow, {});
  b.connect(slow, sink, {});
  chip::Chip chip(mesh(1, 1));
  chip::RunOptions options;
  options.watchdog_ps = 1000;
  EXPECT_EQ(chip.run(b.program(), options).tasks[slow].firings, 1);
}

TEST(Chip, RefusesASecondElaborationInOneProcess) {
  chip::Chip first(mesh(1, 1));
  EXPECT_EQ(internal_error([] { chip::Chip second(mesh(1, 1)); }),
            "a second Chip in one process: SystemC elaborates once");
}

class Throwing : public program::TaskFunctions {
 public:
  void receive(int, int, int, int, const program::Payload&) override {
    throw common::EnvironmentError("no room for this value");
  }
  std::vector<program::Payload> fire(int, int, int) override { return {{}}; }
};

TEST(Chip, KeepsTypeAndTextOfWhatIsThrownInsideTheKernel) {
  TooSmallASkip p(3);
  ProgramBuilder b;
  const int source = b.host(1);
  const int worker = b.core(0, 1, 0, 0, 1000);
  const int sink = b.host(1);
  b.connect(source, worker, {});
  b.connect(worker, sink, {});
  chip::Chip chip(mesh(3, 1));
  const auto before = chip.run(b.program(), {});
  Throwing functions;
  chip::RunOptions options;
  options.functions = &functions;
  EXPECT_EQ(environment_error([&] { chip.run(b.program(), options); }), "no room for this value");
  EXPECT_EQ(program::to_bytes(chip.run(b.program(), {})), program::to_bytes(before));
}

TEST(Trace, WritesCoreStatesAndLinkUseAndChangesNoTime) {
  TempDirectory directory;
  TooSmallASkip p(3);
  chip::Chip chip(mesh(3, 1));
  const auto plain = chip.run(p.program(), {});
  for (const std::string name : {"first.vcd", "second"}) {
    chip::RunOptions options;
    options.trace_path = directory / name;
    auto traced = chip.run(p.program(), options);
    traced.events = plain.events;  // a traced core also wakes when a packet has left
    EXPECT_EQ(program::to_bytes(traced), program::to_bytes(plain));
  }
  for (const std::string name : {"first.vcd", "second.vcd"}) {
    const std::string vcd = read_text(directory / name);
    EXPECT_NE(vcd.find("$timescale"), std::string::npos);
    for (const std::string scope :
         {"core_0", "core_1", "core_2", "link_0_1", "link_1_2", "link_host_0", "link_2_1"})
      EXPECT_NE(vcd.find("$scope module " + scope + " "), std::string::npos) << scope;
    EXPECT_NE(vcd.find("\n#"), std::string::npos);
  }
}

}  // namespace
}  // namespace phasecore::test
