// Jobs in, outcomes out: hands jobs to workers that may die - where a crash, a hang or garbage costs at most
// the candidate that caused it - and puts what comes back in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "nas/evaluate/rank_workers.hpp"

namespace phasecore::evaluate {

/// Pool::run() was asked to stop.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// With workers on this machine: construct it before threads, databases and the like (LocalWorkers). Every
/// worker leads a process group; all ignore SIGINT and SIGTERM (the caller decides) and die with the caller.
class Pool {
 public:
  using Factory = evaluate::Factory;
  using OnDone = std::function<void(std::size_t job, const Outcome&)>;

  /// Workers on this machine alone. Throws what `make` throws (InputError, EnvironmentError, InternalError).
  Pool(const Factory& make, int workers, const JobLimits& limits = {});
  /// These workers: a job goes to the first of them that has one free.
  explicit Pool(std::vector<std::unique_ptr<Workers>> workers);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Outcomes in the order of the jobs, whoever evaluates. on_done is called here, once per job and in the
  /// order of completion, so that results can be stored at once. An evaluation that throws InputError has
  /// failed with its message; one that took its worker with it twice is `lost`. `stop` is asked at least
  /// twice a second (and after every signal); when it turns true the running jobs are abandoned and
  /// Interrupted is thrown. Throws EnvironmentError when workers are gone that cannot be replaced.
  std::vector<Outcome> run(const std::vector<Job>& jobs, const OnDone& on_done = {},
                           const std::function<bool()>& stop = {});

 private:
  struct Run;

  std::vector<std::unique_ptr<Workers>> workers_;
  std::uint64_t first_ = 0;  ///< number of the next run's first job
};

/// Workers on this machine, and those of the other ranks if there are any (`identity`: RankWorkers).
std::unique_ptr<Pool> make_pool(const Factory& make, int workers, const JobLimits& limits,
                                process::Ranks* ranks, const std::string& identity);

}  // namespace phasecore::evaluate
