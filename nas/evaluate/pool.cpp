#include "nas/evaluate/pool.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/diagnostics.hpp"

namespace phasecore::evaluate {

/// One list of jobs.
struct Pool::Run {
  /// Of all workers the first ones that are free.
  void give_out() {
    for (const auto& some : workers)
      for (std::size_t free = some->free(); free > 0 && next < jobs.size(); --free, ++next)
        some->give(first + next, jobs[next]);
  }

  void finish(std::uint64_t number, Outcome outcome) {
    common::ensure(number >= first && number - first < next, "evaluate: an outcome that nobody asked for");
    const std::size_t job = number - first;
    outcomes[job] = std::move(outcome);
    ++finished;
    if (on_done) on_done(job, outcomes[job]);
  }

  /// Waits for something to collect, at most until limits have to be looked at again.
  void wait() {
    double seconds = 0.5;
    std::vector<pollfd> waited;
    for (const auto& some : workers) {
      some->watch(waited);
      seconds = std::min(seconds, some->tick_seconds());
    }
    if (::poll(waited.data(), waited.size(), static_cast<int>(1000 * seconds) + 1) < 0 && errno != EINTR)
      throw common::EnvironmentError(fmt::format("cannot wait for workers: {}", std::strerror(errno)));
  }

  void run(const std::function<bool()>& stop) {
    while (finished < jobs.size()) {
      if (stop && stop()) throw Interrupted("interrupted");
      give_out();
      wait();
      for (const auto& some : workers)
        some->collect([this](std::uint64_t number, Outcome outcome) { finish(number, std::move(outcome)); });
    }
  }

  const std::vector<std::unique_ptr<Workers>>& workers;
  const std::vector<Job>& jobs;
  const OnDone& on_done;
  const std::uint64_t first;
  std::vector<Outcome> outcomes = std::vector<Outcome>(jobs.size());
  std::size_t next = 0, finished = 0;
};

Pool::Pool(const Factory& make, int workers, const JobLimits& limits) {
  workers_.push_back(std::make_unique<LocalWorkers>(make, workers, limits));
}

Pool::Pool(std::vector<std::unique_ptr<Workers>> workers) : workers_(std::move(workers)) {}

Pool::~Pool() = default;

std::vector<Outcome> Pool::run(const std::vector<Job>& jobs, const OnDone& on_done,
                               const std::function<bool()>& stop) {
  Run run{workers_, jobs, on_done, first_};
  first_ += jobs.size();
  try {
    run.run(stop);
  } catch (...) {
    // Whoever is still at work would answer a question that nobody remembers.
    for (const auto& some : workers_) some->abandon();
    throw;
  }
  return std::move(run.outcomes);
}

std::unique_ptr<Pool> make_pool(const Factory& make, int workers, const JobLimits& limits,
                                process::Ranks* ranks, const std::string& identity) {
  std::vector<std::unique_ptr<Workers>> all;
  all.push_back(std::make_unique<LocalWorkers>(make, workers, limits));
  if (ranks != nullptr) all.push_back(std::make_unique<RankWorkers>(*ranks, identity));
  return std::make_unique<Pool>(std::move(all));
}

}  // namespace phasecore::evaluate
