// Chips in processes of their own: results, errors and deaths as the caller sees them.
#include "sim/run/chip_runner.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>

#include "sim/chip/chip.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/chip/programs.hpp"
#include "tests/support/support.hpp"

namespace phasecore::test {
namespace {

using program::Payload;
using run::ChipRunner;

/// Source -> core 0 -> core 1 -> sink.
struct Pipeline : ProgramBuilder {
  explicit Pipeline(int firings = 4) {
    source = host(firings);
    first = core(0, firings, 1000, 5000, 2000);
    second = core(1, firings, 1000, 5000, 2000);
    sink = host(firings);
    connect(source, first, {});
    connect(first, second, {});
    connect(second, sink, {});
  }
  int source, first, second, sink;
};

program::Activity run_on(ChipRunner& runner, const Layout& layout, ProgramBuilder& program, int images,
                         const std::string& trace_path = "") {
  return runner.run(layout.platform(), program.on(layout), images, {trace_path, {}});
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    std::getline(stat, line);
    if (line.empty()) continue;
    std::istringstream rest(line.substr(line.rfind(')') + 1));  // state, parent
    char state = 0;
    pid_t ppid = 0;
    rest >> state >> ppid;
    if (ppid == parent) children.push_back(static_cast<pid_t>(std::stol(name)));
  }
  return children;
}

/// The chip processes of the one runner of this process.
std::vector<pid_t> chip_processes() {
  const auto templates = children_of(getpid());
  return templates.size() == 1 ? children_of(templates[0]) : std::vector<pid_t>();
}

TEST(ChipRunner, TellsHowManyFiringsHaveEndedWhoAsks) {
  constexpr int kImages = 10'000;
  ChipRunner runner;
  Pipeline program;
  const Layout layout = mesh(2, 1);
  const program::Activity quiet = run_on(runner, layout, program, kImages);
  std::vector<std::int64_t> told;
  const program::Activity run =
      runner.run(layout.platform(), program.on(layout), kImages,
                 {"", [&](std::int64_t ended) { told.push_back(ended); }, /*extrapolate=*/false});
  EXPECT_EQ(run.image_end_ps, quiet.image_end_ps);
  ASSERT_FALSE(told.empty());
  EXPECT_GT(told.front(), 0);
  EXPECT_LT(told.back(), 2 * 4 * kImages) << "the end is told by the result";
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
}

TEST(ChipRunner, ReturnsWhatAChipInTheCallersProcessWould) {
  Pipeline p;
  ChipRunner runner;
  const auto ours = run_on(runner, mesh(2, 1), p, 3);
  const std::string direct = in_child([&] {
    LaidOutChip chip(mesh(2, 1));
    chip::RunOptions options;
    options.images = 3;
    return program::to_bytes(chip.run(p.program(), options));
  });
  EXPECT_EQ(program::to_bytes(ours), direct);
  EXPECT_GT(ours.events, 0U);
}

TEST(ChipRunner, KeepsOneProcessPerStructureAndNotTooMany) {
  Pipeline p;
  ChipRunner runner;
  run_on(runner, mesh(2, 1), p, 1);
  const auto first = chip_processes();
  ASSERT_EQ(first.size(), 1U);
  run_on(runner, mesh(2, 1), p, 1);
  EXPECT_EQ(chip_processes(), first);
  for (int columns = 2; columns < 12; ++columns) run_on(runner, mesh(columns, 1), p, 1);
  EXPECT_EQ(chip_processes().size(), 4U);
}

TEST(ChipRunner, LeavesNoProcessBehind) {
  {
    Pipeline p;
    ChipRunner runner;
    run_on(runner, mesh(2, 1), p, 1);
    ASSERT_EQ(children_of(getpid()).size(), 1U);
  }
  EXPECT_TRUE(children_of(getpid()).empty());
}

TEST(ChipRunner, EndsBesideAYoungerOneThatLivesOn) {
  auto older = std::make_unique<ChipRunner>();
  ChipRunner younger;
  Pipeline p;
  run_on(*older, mesh(2, 1), p, 1);
  older.reset();  // would wait forever for its template if the younger one's held the same socket
  EXPECT_GT(run_on(younger, mesh(2, 1), p, 1).end_ps, 0);
}

TEST(ChipRunner, PassesAnInternalErrorOnAndGoesOnWithTheNextProgram) {
  Pipeline broken, p;
  broken.task(broken.first).core = 7;
  ChipRunner runner;
  EXPECT_NE(internal_error([&] { run_on(runner, mesh(2, 1), broken, 1); }).find("core 7 is outside the grid"),
            std::string::npos);
  EXPECT_EQ(run_on(runner, mesh(2, 1), p, 1).tasks[p.sink].firings, 4);
}

TEST(ChipRunner, PassesAnEnvironmentErrorOn) {
  Pipeline p;
  ChipRunner runner;
  EXPECT_EQ(environment_error([&] { run_on(runner, mesh(2, 1), p, 1, "/proc/no/such/trace.vcd"); }),
            "cannot write '/proc/no/such/trace.vcd': No such file or directory");
}

TEST(ChipRunner, AChipKilledFromOutsideIsNotOurBugAndIsReplaced) {
  Pipeline p;
  ChipRunner runner;
  const auto before = run_on(runner, mesh(2, 1), p, 1);
  for (const auto& [signal, text] :
       {std::pair{SIGKILL, "9 (Killed); out of memory?"}, std::pair{SIGTERM, "15 (Terminated)"}}) {
    const auto victims = chip_processes();
    ASSERT_EQ(victims.size(), 1U);
    ASSERT_EQ(kill(victims[0], signal), 0);
    EXPECT_EQ(environment_error([&] { run_on(runner, mesh(2, 1), p, 1); }),
              std::string("the chip process was killed by signal ") + text);
    EXPECT_EQ(program::to_bytes(run_on(runner, mesh(2, 1), p, 1)), program::to_bytes(before));
    EXPECT_NE(chip_processes(), victims);
  }
}

TEST(ChipRunner, AChipThatCrashesIsOurBug) {
  Pipeline p;
  ChipRunner runner;
  run_on(runner, mesh(2, 1), p, 1);
  ASSERT_EQ(kill(chip_processes().at(0), SIGSEGV), 0);
  EXPECT_EQ(internal_error([&] { run_on(runner, mesh(2, 1), p, 1); }),
            "the chip process was killed by signal 11 (Segmentation fault)");
}

TEST(ChipRunner, OutlivesTheLossOfItsTemplate) {
  Pipeline p;
  ChipRunner runner;
  const auto before = run_on(runner, mesh(2, 1), p, 1);
  const auto templates = children_of(getpid());
  ASSERT_EQ(templates.size(), 1U);
  ASSERT_EQ(kill(templates[0], SIGKILL), 0);
  siginfo_t ended;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(templates[0]), &ended, WEXITED | WNOWAIT), 0);
  run_on(runner, mesh(3, 1), p, 1);
  EXPECT_EQ(program::to_bytes(run_on(runner, mesh(2, 1), p, 1)), program::to_bytes(before));
}

TEST(ChipRunner, ATemplateKilledDuringARunIsNotOurBug) {
  Pipeline p;
  ChipRunner runner;
  const auto before = run_on(runner, mesh(2, 1), p, 1);
  const auto chips = chip_processes();
  const auto templates = children_of(getpid());
  ASSERT_EQ(templates.size(), 1U);
  ASSERT_EQ(kill(templates[0], SIGTERM), 0);
  for (int tries = 0; kill(chips[0], 0) == 0 && tries < 500; ++tries)
    usleep(10000);  // it dies with the template
  EXPECT_EQ(environment_error([&] { run_on(runner, mesh(2, 1), p, 1); }),
            "the template of the chip processes was killed by signal 15 (Terminated)");
  EXPECT_EQ(program::to_bytes(run_on(runner, mesh(2, 1), p, 1)), program::to_bytes(before));
}

/// Each task sends the sum of what it has received for the firing, plus its own number.
class Sums : public program::TaskFunctions {
 public:
  explicit Sums(const program::Program& program) : program_(program), sums_(program.tasks.size()) {}
  void receive(int task, int, int image, int index, const Payload& payload) override {
    sums_[task][{image, index}] += std::accumulate(payload.begin(), payload.end(), 0);
  }
  std::vector<Payload> fire(int task, int image, int firing) override {
    const int own = task == program_.source ? 10 * image + firing : 0;
    const auto value = static_cast<std::int8_t>(sums_[task][{image, firing}] + task + own);
    return std::vector<Payload>(program_.tasks[task].outputs.size(), Payload{value});
  }

 private:
  const program::Program& program_;
  std::vector<std::map<std::pair<int, int>, int>> sums_;
};

TEST(ChipRunner, CarriesValuesToTheSink) {
  Pipeline p(3);
  Sums functions(p.program());
  ChipRunner runner;
  const auto result = runner.run_functional(mesh(2, 1).platform(), p.on(mesh(2, 1)), 2, functions);
  ASSERT_EQ(result.outputs.size(), 2U);
  // source 0 + image and firing, first 1, second 2
  EXPECT_EQ(result.outputs[0], (Payload{3, 4, 5}));
  EXPECT_EQ(result.outputs[1], (Payload{13, 14, 15}));
  EXPECT_EQ(program::to_bytes(result.activity), program::to_bytes(run_on(runner, mesh(2, 1), p, 2)));
}

TEST(ChipRunner, CarriesValuesThroughPartialSumsThatStream) {
  ProgramBuilder b;
  const int source = b.host(2);
  const int first = b.core(0, 2, 0, 5000, 20000);
  const int second = b.core(1, 2, 0, 5000, 20000);
  const int sink = b.host(2);
  b.connect(source, first, {});
  b.connect(source, second, {});
  b.connect(first, second, {program::kDigital, 8, 1, true, true});
  b.connect(second, sink, {});
  b.visit(first, program::kDigital).pipeline_ps = b.visit(second, program::kDigital).pipeline_ps = 3000;
  Sums functions(b.program());
  ChipRunner runner;
  const auto result =
      runner.run_functional(chain_of_links(2).platform(), b.on(chain_of_links(2)), 1, functions);
  // second = 2 + source (firing) + first (1 + firing)
  EXPECT_EQ(result.outputs, (std::vector<Payload>{{3, 5}}));
}

class Refusing : public program::TaskFunctions {
 public:
  void receive(int, int, int, int, const Payload&) override {}
  std::vector<Payload> fire(int, int, int) override {
    throw common::InputError("these values are not allowed");
  }
};

TEST(ChipRunner, PassesOnWithItsTypeWhatTheFunctionsThrow) {
  Pipeline p;
  Refusing functions;
  ChipRunner runner;
  expect_input_error([&] { runner.run_functional(mesh(2, 1).platform(), p.on(mesh(2, 1)), 1, functions); },
                     "error: these values are not allowed");
}

}  // namespace
}  // namespace phasecore::test
