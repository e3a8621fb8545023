#include "nas/evaluate/pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <thread>

#include "tests/support/support.hpp"

namespace phasecore::evaluate {
namespace {

using testing::HasSubstr;

/// What the first gene asks for.
enum Deed : int {
  kGood,
  kSegv,
  kAbort,
  kSpin,
  kSpinInChild,
  kSleep,
  kGarbage,
  kHalfReply,
  kTooMuch,
  kExit,
  kKilled,
  kNoMemory,
  kInput,
  kInternal,
  kNoFit,
  kDeeds
};

void write_to_all_sockets(const void* data, std::size_t size) {
  for (int fd = 3; fd < 64; ++fd) (void)::send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

[[noreturn]] void spin() {
  for (volatile unsigned n = 0;; n = n + 1) {
  }
}

/// Misbehaves as its genes say; the second gene n > 0: only the first n times, counted in files in `folder`.
class Mischief : public Evaluator {
 public:
  explicit Mischief(std::string folder = "") : folder_(std::move(folder)) {}
  int steps() const override { return 2; }
  Fidelity fidelity(int step) const override { return step == 0 ? Fidelity::Analytic : Fidelity::Cycle; }
  std::vector<std::string> figures(int) const override { return {"sum", "noise"}; }
  Outcome evaluate(const std::vector<int>& genes, int step) const override {
    if (genes[1] == 0 || count(genes) <= genes[1]) misbehave(genes[0]);
    Outcome outcome;
    if (genes[0] == kNoFit) {
      outcome.failure = "layer 'x' needs 65 cores; the chip has 64";
      return outcome;
    }
    double sum = step;
    for (const int g : genes) sum += g;
    outcome.figures["sum"] = {sum, 0};
    outcome.figures["noise"] = {sum / 3, 0.1 * sum};
    return outcome;
  }

 private:
  int count(const std::vector<int>& genes) const {
    const std::string path = folder_ + "/" + std::to_string(genes[0]) + "." + std::to_string(genes[2]);
    std::ofstream(path, std::ios::app) << "x";
    return static_cast<int>(test::read_text(path).size());
  }

  static void misbehave(int deed) {
    switch (deed) {
      case kSegv:
        ::raise(SIGSEGV);
        break;
      case kAbort:
        std::abort();
      case kSpin:
        spin();
      case kSpinInChild:
        if (const pid_t child = ::fork(); child != 0) {
          ::waitpid(child, nullptr, 0);
          break;
        }
        spin();
      case kSleep:
        for (;;) ::pause();
      case kGarbage:
        write_to_all_sockets("garbage in the pipe", 19);
        break;
      case kHalfReply: {
        const std::uint64_t magic = 0x31736c6176654350;
        write_to_all_sockets(&magic, sizeof magic);
        for (;;) ::pause();
      }
      case kTooMuch: {
        const std::uint64_t head[5] = {0x31736c6176654350, 1, 0, ~std::uint64_t{0}, 0};
        write_to_all_sockets(head, sizeof head);
        for (;;) ::pause();
      }
      case kExit:
        ::_exit(0);
      case kKilled:
        ::raise(SIGKILL);
        break;
      case kNoMemory:
        throw std::bad_alloc();
      case kInput:
        throw common::InputError("two\nlines");
      case kInternal:
        throw common::InternalError("the books do not close");
      default:
        break;
    }
  }

  std::string folder_;
};

Pool::Factory mischief(const std::string& folder = "") {
  return [folder] { return std::make_shared<Mischief>(folder); };
}

/// Short, so that planted hangs end soon. CPU seconds, so that a busy machine changes nothing.
constexpr JobLimits kShort{0.5, 1.5};

Outcome one(int deed, int times = 0, const std::string& folder = "") {
  Pool pool(mischief(folder), 1, kShort);
  return pool.run({{{deed, times, 0}, 1}}).front();
}

void expect_lost(int deed, const std::string& reason) {
  const Outcome outcome = one(deed);
  EXPECT_THAT(outcome.failure, HasSubstr(reason));
  EXPECT_TRUE(outcome.lost);
  EXPECT_TRUE(outcome.figures.empty());
}

TEST(Pool, GivesTheFiguresOfAnEvaluation) {
  const Outcome outcome = one(kGood);
  EXPECT_EQ(outcome.failure, "");
  EXPECT_FALSE(outcome.lost);
  ASSERT_EQ(outcome.figures.size(), 2u);
  EXPECT_EQ(outcome.figures.at("sum"), (Figure{1, 0}));
  EXPECT_EQ(outcome.figures.at("noise"), (Figure{1.0 / 3, 0.1}));
}

TEST(Pool, LosesOnlyTheCandidateThatCrashes) {
  expect_lost(kSegv, "worker died of SIGSEGV");
}
TEST(Pool, LosesOnlyTheCandidateThatAborts) {
  expect_lost(kAbort, "worker died of SIGABRT");
}
TEST(Pool, EndsACandidateThatComputesForever) {
  expect_lost(kSpin, "more than 0.5 CPU seconds");
}
TEST(Pool, CountsTheCpuTimeOfAWorkersChildren) {
  expect_lost(kSpinInChild, "more than 0.5 CPU seconds");
}
TEST(Pool, EndsACandidateThatWaitsForever) {
  expect_lost(kSleep, "stood still for 1.5 seconds");
}
TEST(Pool, RefusesGarbageForAnOutcome) {
  expect_lost(kGarbage, "worker sent what is no outcome");
}
TEST(Pool, EndsACandidateThatAnswersByHalf) {
  expect_lost(kHalfReply, "stood still for 1.5 seconds");
}
TEST(Pool, RefusesAnOutcomeOfAnyLength) {
  expect_lost(kTooMuch, "worker sent what is no outcome");
}
TEST(Pool, NoticesAWorkerThatLeaves) {
  expect_lost(kExit, "worker left with exit code 0");
}
TEST(Pool, NoticesAWorkerThatWasKilled) {
  expect_lost(kKilled, "SIGKILL; out of memory?");
}
TEST(Pool, NoticesThatMemoryRanOut) {
  expect_lost(kNoMemory, "out of memory");
}
TEST(Pool, ReportsOurBugsWithTheirText) {
  expect_lost(kInternal, "the books do not close");
}

TEST(Pool, TakesARefusalForAnAnswer) {
  const Outcome no_fit = one(kNoFit);
  EXPECT_EQ(no_fit.failure, "layer 'x' needs 65 cores; the chip has 64");
  EXPECT_FALSE(no_fit.lost);
  const Outcome thrown = one(kInput);
  EXPECT_EQ(thrown.failure, "two; lines");
  EXPECT_FALSE(thrown.lost);
}

TEST(Pool, TriesOnceMoreAndNotTwice) {
  for (const int deed : {kSegv, kAbort, kSpin, kSleep, kGarbage, kExit, kKilled, kNoMemory, kInternal}) {
    const test::TempDirectory folder;
    const Outcome healed = one(deed, 1, folder.path());
    EXPECT_EQ(healed.failure, "") << deed;
    EXPECT_EQ(healed.figures.at("sum").value, 1 + deed + 1) << deed;
    EXPECT_EQ(test::read_text(folder / (std::to_string(deed) + ".0")), "xx") << deed;
  }
  const test::TempDirectory folder;
  EXPECT_TRUE(one(kSegv, 2, folder.path()).lost);
  EXPECT_EQ(test::read_text(folder / (std::to_string(kSegv) + ".0")), "xx");
}

/// Good ones among all kinds of bad ones.
std::vector<Job> mixed_jobs() {
  std::vector<Job> jobs;
  for (int i = 0; i < 40; ++i) jobs.push_back({{i % 5 == 4 ? (i / 5) % kDeeds : kGood, 0, i}, i % 2});
  for (const int deed : {kNoFit, kInput, kKilled, kGarbage}) jobs.push_back({{deed, 0, 0}, 0});
  return jobs;
}

TEST(Pool, GivesTheSameOutcomesForAnyNumberOfWorkers) {
  const auto jobs = mixed_jobs();
  std::vector<std::vector<Outcome>> results;
  for (const int workers : {1, 2, 4}) {
    Pool pool(mischief(), workers, kShort);
    std::vector<int> done(jobs.size(), 0);
    std::vector<Outcome> reported(jobs.size());
    results.push_back(pool.run(jobs, [&](std::size_t job, const Outcome& outcome) {
      ++done[job];
      reported[job] = outcome;
    }));
    EXPECT_EQ(done, std::vector<int>(jobs.size(), 1));
    EXPECT_EQ(reported, results.back());
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
  EXPECT_GT(std::count_if(results[0].begin(), results[0].end(), [](const Outcome& o) { return o.lost; }), 5);
  EXPECT_GT(
      std::count_if(results[0].begin(), results[0].end(), [](const Outcome& o) { return o.failure.empty(); }),
      32);
}

TEST(Pool, IsUsedAgainAndAgain) {
  Pool pool(mischief(), 2, kShort);
  for (int round = 0; round < 20; ++round) {
    const auto outcomes = pool.run({{{kGood, 0, round}, 0}, {{kGood, 0, round}, 1}});
    ASSERT_EQ(outcomes.size(), 2u);
    EXPECT_EQ(outcomes[0].figures.at("sum").value, round);
    EXPECT_EQ(outcomes[1].figures.at("sum").value, round + 1);
  }
  EXPECT_TRUE(pool.run({}).empty());
}

TEST(Pool, ThrowsWhatTheFactoryThrows) {
  const std::vector<common::Diagnostic> diagnostics = {{{"a.yaml", 3, 7}, "tab\tinside"}, {{}, "second"}};
  try {
    Pool pool([&]() -> std::shared_ptr<const Evaluator> { throw common::InputError(diagnostics); }, 1);
    FAIL() << "no error";
  } catch (const common::InputError& e) {
    EXPECT_STREQ(e.what(), common::InputError(diagnostics).what());
  }
  EXPECT_EQ(test::environment_error([] {
              Pool pool(
                  []() -> std::shared_ptr<const Evaluator> { throw common::EnvironmentError("no file"); }, 1);
            }),
            "no file");
  EXPECT_THAT(test::internal_error([] {
                Pool pool(
                    []() -> std::shared_ptr<const Evaluator> {
                      ::raise(SIGSEGV);
                      return nullptr;
                    },
                    1);
              }),
              HasSubstr("signal 11"));
}

bool lives(pid_t pid) {
  const auto state = test::run_command("ps -o stat= -p " + std::to_string(pid));
  return state.exit_code == 0 && state.out.front() != 'Z';
}

TEST(Pool, StopsWhenAskedAndIsStillGood) {
  Pool pool(mischief(), 2, {60, 60});
  std::vector<std::size_t> done;
  EXPECT_THROW(
      pool.run(
          {{{kGood, 0, 0}, 0}, {{kSleep, 0, 0}, 0}, {{kGood, 0, 1}, 0}},
          [&](std::size_t job, const Outcome&) { done.push_back(job); }, [&] { return done.size() == 2; }),
      Interrupted);
  EXPECT_THAT(done, testing::UnorderedElementsAre(0u, 2u));
  EXPECT_EQ(pool.run({{{kGood, 0, 5}, 1}}).front().figures.at("sum").value, 6);
}

TEST(Pool, HoldsNothingOpenThatItsOwnerCloses) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Pool pool(mischief(), 1, kShort);
  pool.run({{{kGood, 0, 0}, 0}});
  ::close(ends[0]);
  char byte = 0;
  EXPECT_EQ(::recv(ends[1], &byte, 1, MSG_DONTWAIT), 0) << "the end of the connection, seen at once";
  ::close(ends[1]);
}

TEST(Pool, EndsItsRunWhenStoringFails) {
  Pool pool(mischief(), 2, kShort);
  EXPECT_THROW(pool.run({{{kGood, 0, 0}, 0}, {{kSleep, 0, 0}, 0}},
                        [](std::size_t, const Outcome&) { throw common::EnvironmentError("disk full"); }),
               common::EnvironmentError);
  EXPECT_EQ(pool.run({{{kGood, 0, 5}, 1}}).front().figures.at("sum").value, 6);
}

/// Runs in a process of its own that uses a pool with hanging jobs; writes the worker's number to `file`.
class TellsItsNumber : public Evaluator {
 public:
  explicit TellsItsNumber(std::string file) : file_(std::move(file)) {}
  int steps() const override { return 1; }
  Fidelity fidelity(int) const override { return Fidelity::Cycle; }
  std::vector<std::string> figures(int) const override { return {}; }
  Outcome evaluate(const std::vector<int>&, int) const override {
    std::ofstream(file_ + ".tmp") << ::getpid();
    ::rename((file_ + ".tmp").c_str(), file_.c_str());
    spin();
  }

 private:
  std::string file_;
};

TEST(Pool, DiesWithItsOwnerAndWithNobodyElse) {
  const test::TempDirectory folder;
  const std::string file = folder / "worker";
  const pid_t owner = ::fork();
  if (owner == 0) {
    Pool pool([&] { return std::make_shared<TellsItsNumber>(file); }, 1, {600, 600});
    pool.run({{{0}, 0}});
    ::_exit(1);
  }
  const auto soon = [](const std::function<bool()>& what) {
    for (int i = 0; i < 600 && !what(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return what();
  };
  ASSERT_TRUE(soon([&] { return ::access(file.c_str(), F_OK) == 0; }));
  const pid_t worker = std::stoi(test::read_text(file));
  // The terminal's and the system's wish to end is the owner's to grant.
  ::kill(worker, SIGINT);
  ::kill(worker, SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(lives(worker));
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  EXPECT_TRUE(soon([&] { return !lives(worker); }));
}

TEST(Outcomes, SurviveTheWayAsBytes) {
  Outcome outcome;
  outcome.figures = {{"accuracy@1d", {0.87654321, 1e-3}}, {"cores", {42, 0}}};
  outcome.failure = "a reason\nof two lines";
  outcome.lost = true;
  Outcome back;
  const std::string bytes = to_bytes(outcome);
  ASSERT_TRUE(from_bytes(bytes, back));
  EXPECT_EQ(back, outcome);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(from_bytes(bytes.substr(0, size), back)) << size;
  EXPECT_FALSE(from_bytes(bytes + "x", back));
  EXPECT_EQ(back, outcome);  // what cannot be read changes nothing
  EXPECT_FALSE(from_bytes("nonsense", back));
}

TEST(Outcomes, KeepNanAndInfinityBitForBit) {
  Outcome outcome;
  outcome.figures = {{"a", {std::nan("291"), std::numeric_limits<double>::infinity()}}, {"b", {-0.0, -1}}};
  Outcome back;
  const std::string bytes = to_bytes(outcome);
  ASSERT_TRUE(from_bytes(bytes, back));
  EXPECT_TRUE(std::isnan(back.figures.at("a").value));
  EXPECT_EQ(to_bytes(back), bytes);
}

TEST(Jobs, SurviveTheWayAsMessages) {
  for (const Job& job : {Job{{3, -1, 41}, 2}, Job{}}) {
    process::Message message = to_message(7, job);
    EXPECT_EQ(message.number, 7u);
    const auto back = job_in(message);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->genes, job.genes);
    EXPECT_EQ(back->step, job.step);
    const std::string bytes = message.content;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      message.content = bytes.substr(0, size);
      EXPECT_FALSE(job_in(message).has_value()) << size;
    }
    message.content = bytes + "x";
    EXPECT_FALSE(job_in(message).has_value());
  }
}

}  // namespace
}  // namespace phasecore::evaluate
