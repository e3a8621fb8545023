// What rank 0 does for every result of other ranks: handing out a job, taking the outcome, storing it.
//   bench_coordinator                                                 1,000 ranks that a thread plays
//   PATH=build/release/app:$PATH mpirun -n 4 bench_coordinator        real ones, with evaluations that cost
//   nothing
// In the first case CPU time is the coordinator's alone, and items_per_second are by it.
// 1,000 ranks with one worker each, whose candidates take 3 s, bring 333 results/s.
#include <benchmark/benchmark.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <thread>

#include "common/process/fork.hpp"
#include "nas/archive/archive.hpp"
#include "nas/evaluate/pool.hpp"

namespace {

using namespace phasecore;
using process::Envelope;
using process::Message;

constexpr int kRanks = 1000;
constexpr int kGenes = 20;

/// As a candidate of the search fashion-mesh has.
evaluate::Outcome typical_outcome() {
  evaluate::Outcome outcome;
  for (const char* name : {"accuracy@1s", "accuracy@1s.std", "accuracy@1d", "accuracy@1d.std", "accuracy@30d",
                           "accuracy@30d.std", "accuracy@quantized", "avm_pp", "latency_ns", "energy_nj"})
    outcome.figures[name] = {0.123456789, 0.001};
  return outcome;
}

/// The other end of rank 0's connection: phasecore-mpi, and all ranks behind it.
class EverybodyElse {
 public:
  explicit EverybodyElse(common::Descriptor connection)
      : connection_(std::move(connection)), thread_([this] { answer(); }) {}
  /// The coordinator has to hang up first.
  ~EverybodyElse() { thread_.join(); }

 private:
  void post(std::uint64_t rank, const Message& message) {
    waiting_ +=
        process::to_bytes({rank, static_cast<std::uint64_t>(Envelope::Post), process::to_bytes(message)});
  }

  /// Reads and writes what it can at any time, as phasecore-mpi does: the coordinator may be busy writing.
  void answer() {
    constexpr std::uint64_t kHello = 0, kOutcome = 2;
    for (std::uint64_t rank = 1; rank <= kRanks; ++rank) post(rank, {1, kHello, ""});
    const std::string outcome = evaluate::to_bytes(typical_outcome());
    process::Inbox inbox(std::size_t{1} << 30);
    for (;;) {
      const short events = static_cast<short>(POLLIN | (waiting_.empty() ? 0 : POLLOUT));
      pollfd coordinator{connection_.get(), events, 0};
      ::poll(&coordinator, 1, -1);
      if ((coordinator.revents & ~POLLOUT) != 0 && !inbox.read(connection_.get())) return;
      for (Message envelope; inbox.take(envelope) == process::Inbox::Found::One;) {
        process::Inbox inner;
        inner.add(envelope.content.data(), envelope.content.size());
        Message job;
        inner.take(job);
        post(envelope.number, {job.number, kOutcome, outcome});
      }
      const ssize_t n =
          ::send(connection_.get(), waiting_.data(), waiting_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n > 0) waiting_.erase(0, static_cast<std::size_t>(n));
    }
  }

  std::string waiting_;
  common::Descriptor connection_;
  std::thread thread_;
};

std::vector<evaluate::Job> jobs_of(int first) {
  std::vector<evaluate::Job> jobs;
  for (int i = 0; i < kRanks; ++i) {
    evaluate::Job job{std::vector<int>(kGenes, 0), 0};
    job.genes[0] = first + i;
    jobs.push_back(job);
  }
  return jobs;
}

/// `store`: into an archive on disk, too.
void results_of_1000_ranks(benchmark::State& state, bool store) {
  process::SocketPair pair("a benchmark");
  EverybodyElse others(std::move(pair.theirs));
  process::Ranks ranks({0, kRanks + 1}, std::move(pair.ours));
  std::vector<std::unique_ptr<evaluate::Workers>> workers;
  workers.push_back(std::make_unique<evaluate::RankWorkers>(ranks, ""));
  evaluate::Pool pool(std::move(workers));

  const std::string file = std::filesystem::temp_directory_path() / "phasecore-bench-coordinator.sqlite";
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
  archive::Archive archive(store ? file : ":memory:", {{"bench", "1"}}, archive::Mode::Fresh, "");
  int first = 0;
  for (auto _ : state) {
    const auto jobs = jobs_of(first);
    first += kRanks;
    pool.run(jobs, [&](std::size_t job, const evaluate::Outcome& outcome) {
      if (store) archive.store({jobs[job].genes, 0, "cycle", outcome.figures, outcome.failure, outcome.lost});
    });
  }
  state.SetItemsProcessed(state.iterations() * kRanks);
  archive.close();
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
}

class Trivial : public evaluate::Evaluator {
 public:
  int steps() const override { return 1; }
  evaluate::Fidelity fidelity(int) const override { return evaluate::Fidelity::Cycle; }
  std::vector<std::string> figures(int) const override { return {}; }
  evaluate::Outcome evaluate(const std::vector<int>&, int) const override { return typical_outcome(); }
};

double cpu_seconds(int whose) {
  rusage use{};
  ::getrusage(whose, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/// Rank 0 alone evaluates nothing here.
void results_of_real_ranks(process::Ranks& ranks) {
  constexpr int kRounds = 5;
  std::vector<std::unique_ptr<evaluate::Workers>> workers;
  workers.push_back(std::make_unique<evaluate::RankWorkers>(ranks, ""));
  evaluate::Pool pool(std::move(workers));
  pool.run(jobs_of(0));  // until everybody has joined
  const auto start = std::chrono::steady_clock::now();
  const double before = cpu_seconds(RUSAGE_SELF);
  for (int round = 0; round < kRounds; ++round) pool.run(jobs_of(round * kRanks));
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const double cpu = cpu_seconds(RUSAGE_SELF) - before;
  ranks.leave();
  const int results = kRounds * kRanks;
  std::cout << results << " results of " << ranks.size() - 1 << " ranks: " << results / wall.count()
            << " per second; CPU per result: rank 0 " << 1e6 * cpu / results << " us, its phasecore-mpi "
            << 1e6 * cpu_seconds(RUSAGE_CHILDREN) / results << " us (with its start)\n";
}

}  // namespace

BENCHMARK_CAPTURE(results_of_1000_ranks, taken, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(results_of_1000_ranks, taken_and_stored, true)->Unit(benchmark::kMillisecond);

int main(int argc, char** argv) {
  const auto ranks = process::join_ranks();
  if (!ranks) {
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
  } else if (ranks->rank() == 0) {
    results_of_real_ranks(*ranks);
  } else {
    evaluate::serve_rank(*ranks, 1, [] { return evaluate::Service{std::make_shared<Trivial>(), {}, ""}; });
  }
  return 0;
}
