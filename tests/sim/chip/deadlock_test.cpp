// What goes wrong inside a run reaches the caller, and the chip goes on working.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "sim/chip/chip.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/chip/programs.hpp"
#include "tests/support/support.hpp"

namespace phasecore::test {
namespace {

using program::kDigital;
using program::kLoad;

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
    skip.unit = kDigital;
    skip.capacity = skip_capacity;
    connect(first, join, skip);
    connect(join, sink, {});
  }
  int source, first, window, join, sink;
};

TEST(Deadlock, IsAnErrorThatNamesWhoWaitsForWhom) {
  LaidOutChip chip(mesh(3, 1));
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
  LaidOutChip chip(mesh(3, 1));
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
  b.connect(source, worker, {kLoad, 4, 1, false, false, 50'000'000});  // a credit takes 50 us
  b.connect(worker, sink, {});
  LaidOutChip chip(mesh(1, 1));
  chip::RunOptions options;
  options.watchdog_ps = -40'000'000;  // what a healthy program may take, less most of the credit's time
  const std::string message = internal_error([&] { chip.run(b.program(), options); });
  EXPECT_NE(message.find("no progress for 100"), std::string::npos) << message;
  EXPECT_NE(message.find("host (task 0, layer 'source'), firing 1 of image 0 waits for memory"),
            std::string::npos)
      << message;
  options.watchdog_ps = 1;
  EXPECT_EQ(chip.run(b.program(), options).tasks[worker].firings, 2);
}

TEST(Watchdog, WaitsForALongFiring) {
  ProgramBuilder b;
  const int source = b.host(1);
  const int slow = b.core(0, 1, 0, 0, 500'000'000);
  const int sink = b.host(1);
  b.connect(source, slow, {});
  b.connect(slow, sink, {});
  LaidOutChip chip(mesh(1, 1));
  chip::RunOptions options;
  options.watchdog_ps = 1000;
  EXPECT_EQ(chip.run(b.program(), options).tasks[slow].firings, 1);
}

// One slow thing at a time, on a mesh and on dedicated links, with no patience but for the slowest step.
TEST(Watchdog, WaitsForEverySlowPartOfTheNetwork) {
  int cases = 0;
  for (const Layout& fast : {mesh(3, 2), chain_of_links(6)}) {
    for (int slow = 0; slow < 7; ++slow) {
      Layout s = fast;
      config::Interconnect& network = s.chip.network;
      ProgramBuilder::Link link;
      if (slow == 0) s.chip.host.latency_cycles = 1'000'000;
      if (slow == 1) s.chip.host.clock_ps = 1'000'000;
      if (slow == 2) network.link_latency_cycles = 10'000;
      if (slow == 3) network.router_latency_cycles = 10'000;
      if (slow == 4) network.clock_ps = 1'000'000;
      if (slow == 5) link.credit_ps = 100'000'000;
      if (slow == 6) link.bytes = network.buffer_flits = 100'000;
      const std::string firings = in_child([&] {
        ProgramBuilder b;
        const int source = b.host(6);
        const int first = b.core(0, 6, 0, 1000, 1000);
        const int last = b.core(5, 6, 0, 1000, 1000);
        const int sink = b.host(6);
        b.connect(source, first, link);
        b.connect(first, last, link);
        b.connect(last, sink, link);
        LaidOutChip chip(s);
        chip::RunOptions options;
        options.watchdog_ps = 1;
        return std::to_string(chip.run(b.program(), options).tasks[last].firings);
      });
      EXPECT_EQ(firings, "6") << slow;
      ++cases;
    }
  }
  EXPECT_EQ(cases, 14);
}

TEST(Chip, RefusesASecondElaborationInOneProcess) {
  LaidOutChip first(mesh(1, 1));
  EXPECT_EQ(internal_error([] { LaidOutChip second(mesh(1, 1)); }),
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
  LaidOutChip chip(mesh(3, 1));
  const auto before = chip.run(b.program(), {});
  Throwing functions;
  chip::RunOptions options;
  options.functions = &functions;
  EXPECT_EQ(environment_error([&] { chip.run(b.program(), options); }), "no room for this value");
  EXPECT_EQ(program::to_bytes(chip.run(b.program(), {})), program::to_bytes(before));
}

int files_in(const TempDirectory& directory) {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory.path())) ++count;
  return count;
}

TEST(Trace, WritesCoreStatesAndLinkUseAndChangesNoTime) {
  TempDirectory directory;
  TooSmallASkip p(3);
  LaidOutChip chip(mesh(3, 1));
  const auto plain = chip.run(p.program(), {});
  for (const std::string name : {"first.vcd", "second"}) {
    chip::RunOptions options;
    options.trace_path = directory / name;
    auto traced = chip.run(p.program(), options);
    traced.events = plain.events;  // a traced core also wakes when a packet has left
    EXPECT_EQ(program::to_bytes(traced), program::to_bytes(plain));
  }
  for (const std::string name : {"first.vcd", "second"}) {
    const std::string vcd = read_text(directory / name);
    EXPECT_NE(vcd.find("$timescale"), std::string::npos);
    for (const std::string scope :
         {"core_0", "core_1", "core_2", "link_0_1", "link_1_2", "link_host_0", "link_2_1"})
      EXPECT_NE(vcd.find("$scope module " + scope + " "), std::string::npos) << scope;
    EXPECT_NE(vcd.find("\n#"), std::string::npos);
    const std::string end = "\n$comment end of trace $end\n";
    EXPECT_EQ(vcd.find(end), vcd.size() - end.size());
  }
  EXPECT_EQ(files_in(directory), 2) << "exactly the names that were given";
}

// A file size limit stands in for a full disk, which the kernel does not notice.
TEST(Trace, IsNotThereWhenTheDiskIsFull) {
  TempDirectory directory;
  TooSmallASkip p(3);
  LaidOutChip chip(mesh(3, 1));
  chip::RunOptions options;
  options.trace_path = directory / "run.vcd";
  write_text(directory / "run.vcd", "old");
  ::signal(SIGXFSZ, SIG_IGN);
  chip.run(p.program(), options);
  const std::size_t whole = read_text(directory / "run.vcd").size();
  int cases = 0;
  // Nothing, the middle of the header, the middle of the end, all but one byte of the last line.
  for (const std::size_t limit : {std::size_t{0}, std::size_t{100}, whole - 40, whole - 1}) {
    write_text(directory / "run.vcd", "old");
    const rlimit small{limit, RLIM_INFINITY};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const std::string message = environment_error([&] { chip.run(p.program(), options); });
    const rlimit free{RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &free), 0);
    const std::string begin = "cannot write '" + options.trace_path + "': ";
    EXPECT_TRUE(message == begin + "No space left on device" || message == begin + "File too large")
        << message;
    EXPECT_EQ(files_in(directory), 1) << limit;
    EXPECT_EQ(read_text(directory / "run.vcd"), "old") << limit;
    ++cases;
  }
  EXPECT_EQ(cases, 4);
  chip.run(p.program(), options);
  EXPECT_NE(read_text(directory / "run.vcd").find("end of trace"), std::string::npos);
}

TEST(Trace, LeavesNothingOfARunThatFails) {
  TempDirectory directory;
  TooSmallASkip bad(1);
  LaidOutChip chip(mesh(3, 1));
  chip::RunOptions options;
  options.trace_path = directory / "run.vcd";
  internal_error([&] { chip.run(bad.program(), options); });
  EXPECT_EQ(files_in(directory), 0);
}

TEST(Trace, SaysBeforeTheRunThatItCannotBeWritten) {
  TempDirectory directory;
  TooSmallASkip p(3);
  LaidOutChip chip(mesh(3, 1));
  chip::RunOptions options;
  options.trace_path = "/dev/null";
  EXPECT_EQ(environment_error([&] { chip.run(p.program(), options); }),
            "cannot write '/dev/null': it is not a regular file");
  options.trace_path = directory / "absent/run.vcd";
  EXPECT_EQ(environment_error([&] { chip.run(p.program(), options); }),
            "cannot write '" + options.trace_path + "': No such file or directory");
}

}  // namespace
}  // namespace phasecore::test
