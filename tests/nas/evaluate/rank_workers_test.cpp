// Ranks without MPI: their connections end in a thread of the test that passes messages on.
#include "nas/evaluate/rank_workers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "common/process/fork.hpp"
#include "nas/evaluate/pool.hpp"
#include "tests/support/support.hpp"

namespace phasecore::evaluate {
namespace {

using process::Envelope;
using process::Message;
using testing::HasSubstr;

enum Deed : int { kGood, kSegv, kEndRank, kSleep };

class Judge : public Evaluator {
 public:
  int steps() const override { return 1; }
  Fidelity fidelity(int) const override { return Fidelity::Cycle; }
  std::vector<std::string> figures(int) const override { return {"sum"}; }
  Outcome evaluate(const std::vector<int>& genes, int step) const override {
    if (genes[0] == kSegv) ::raise(SIGSEGV);
    if (genes[0] == kEndRank) ::kill(rank_, SIGKILL);
    if (genes[0] >= kEndRank) ::pause();
    Outcome outcome;
    outcome.figures["sum"] = {static_cast<double>(genes[0] + genes[1] + step), 0.5};
    return outcome;
  }

 private:
  const pid_t rank_ = ::getpid();
};

Service service() {
  return {std::make_shared<Judge>(), {5, 5}, "seed: 1\nchip: a\n"};
}

/// Ranks 1 .. n in processes of their own, and what passes messages on.
class Launched {
 public:
  Launched(int others, const std::function<Service()>& make) {
    process::SocketPair first("a test");
    connection_ = std::move(first.ours);
    ends_.push_back(std::move(first.theirs));
    for (int rank = 1; rank <= others; ++rank) {
      process::SocketPair pair("a test");
      const pid_t pid = process::fork_flushed("a test");
      if (pid == 0) {
        common::close_all_but(pair.ours.get());
        process::Ranks ranks({rank, others + 1}, std::move(pair.ours));
        serve_rank(ranks, 1, make);
        ::_exit(0);
      }
      pids_.push_back(pid);
      ends_.push_back(std::move(pair.theirs));
    }
    thread_ = std::thread([this] { pass_on(); });
  }
  /// Rank 0 has to be gone.
  ~Launched() {
    thread_.join();
    for (const pid_t pid : pids_) ::waitpid(pid, nullptr, 0);
  }
  process::Place place() const { return {0, static_cast<int>(ends_.size())}; }
  common::Descriptor connection() { return std::move(connection_); }

 private:
  void tell(std::size_t rank, Envelope kind, std::size_t other, const std::string& content = "") {
    process::send(ends_[rank].get(), {other, static_cast<std::uint64_t>(kind), content});
  }

  void pass_on() {
    for (;;) {
      std::vector<pollfd> waited;
      for (const auto& end : ends_) waited.push_back({end.get(), POLLIN, 0});
      ::poll(waited.data(), waited.size(), -1);
      for (std::size_t from = 0; from < waited.size(); ++from) {
        if (waited[from].revents == 0) continue;
        Message envelope;
        const bool gone = !process::receive(ends_[from].get(), envelope);
        if (gone && from == 0) {
          for (std::size_t rank = 1; rank < ends_.size(); ++rank) tell(rank, Envelope::Over, 0);
          return;
        }
        if (gone) {
          ends_[from] = common::Descriptor();
          tell(0, Envelope::Lost, from);
        } else if (static_cast<Envelope>(envelope.kind) == Envelope::Post) {
          tell(envelope.number, Envelope::Post, from, envelope.content);
        }
      }
    }
  }

  common::Descriptor connection_;
  std::vector<common::Descriptor> ends_;  ///< by rank
  std::vector<pid_t> pids_;
  std::thread thread_;
};

using Jobs = std::vector<Job>;

/// The outcomes of jobs that other ranks evaluate, and nobody else.
class Elsewhere {
 public:
  explicit Elsewhere(int others, const std::function<Service()>& make = service)
      : job_(others, make),
        ranks_(std::make_unique<process::Ranks>(job_.place(), job_.connection())),
        pool_(std::make_unique<Pool>(workers(*ranks_))) {}
  ~Elsewhere() {
    pool_.reset();
    ranks_.reset();
  }
  Pool& pool() { return *pool_; }

 private:
  static std::vector<std::unique_ptr<Workers>> workers(process::Ranks& ranks) {
    std::vector<std::unique_ptr<Workers>> all;
    all.push_back(std::make_unique<RankWorkers>(ranks, service().identity));
    return all;
  }
  Launched job_;
  std::unique_ptr<process::Ranks> ranks_;
  std::unique_ptr<Pool> pool_;
};

Jobs some_jobs() {
  Jobs jobs;
  for (int i = 0; i < 25; ++i) jobs.push_back({{i % 8 == 3 ? kSegv : kGood, i}, i % 2});
  return jobs;
}

TEST(RankWorkers, GiveTheOutcomesOfWorkersHereHoweverManyTheyAre) {
  const Jobs jobs = some_jobs();
  Pool here([] { return service().evaluator; }, 1, service().limits);
  const auto expected = here.run(jobs);
  EXPECT_EQ(std::count_if(expected.begin(), expected.end(), [](const Outcome& o) { return o.lost; }), 3);
  for (const int others : {1, 3}) {
    Elsewhere elsewhere(others);
    EXPECT_EQ(elsewhere.pool().run(jobs), expected) << others;
    EXPECT_EQ(elsewhere.pool().run(jobs), expected) << "once more";
  }
}

TEST(RankWorkers, ARankThatDiesIsAnError) {
  Elsewhere elsewhere(2);
  EXPECT_THAT(test::environment_error([&] {
                elsewhere.pool().run({{{kGood, 1}, 0}, {{kEndRank, 1}, 0}});
              }),
              HasSubstr("has ended, or is not heard of any more"));
}

TEST(RankWorkers, WhatARankCannotLoadIsSaidWithItsNumber) {
  const auto throws = [](auto error) { return [error]() -> Service { throw error; }; };
  Elsewhere missing(1, throws(common::InputError("no file 'x'")));
  EXPECT_EQ(test::environment_error([&] { missing.pool().run(some_jobs()); }), "rank 1: error: no file 'x'");
  Elsewhere broken(1, throws(common::InternalError("books")));
  EXPECT_EQ(test::internal_error([&] { broken.pool().run(some_jobs()); }), "rank 1: books");
}

TEST(RankWorkers, ARankThatWouldEvaluateSomethingElseIsRefused) {
  Elsewhere other(1, [] {
    Service s = service();
    s.identity = "seed: 1\nchip: b\n";
    return s;
  });
  EXPECT_THAT(test::environment_error([&] { other.pool().run(some_jobs()); }),
              HasSubstr("rank 1 would evaluate something else than rank 0: chip differ there"));
}

TEST(RankWorkers, StopWhenAskedAndAreStillGood) {
  Elsewhere elsewhere(2);
  int done = 0;
  EXPECT_THROW(elsewhere.pool().run(
                   {{{kGood, 0}, 0}, {{kSleep, 0}, 0}}, [&](std::size_t, const Outcome&) { ++done; },
                   [&] { return done == 1; }),
               Interrupted);
  EXPECT_EQ(elsewhere.pool().run({{{kGood, 5}, 0}}).front().figures.at("sum").value, 5);
}

}  // namespace
}  // namespace phasecore::evaluate
