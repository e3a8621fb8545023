// Workers that may die: evaluations in forked processes, where a crash, a hang or garbage costs at most the
// candidate that caused it.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "nas/evaluate/evaluator.hpp"

namespace phasecore::evaluate {

struct Job {
  std::vector<int> genes;
  int step = 0;
};

/// What one job may take before its worker is killed.
struct JobLimits {
  /// CPU time of the worker and all its descendants (SystemC chips, a training).
  double cpu_seconds = 600;
  /// Time in which they use no CPU at all: something waits for what never comes.
  double still_seconds = 60;
};

/// Pool::run() was asked to stop.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Forks a small fork server in the constructor - so construct it before threads, databases and the like.
/// The fork server runs the factory and forks the workers, which share by copy-on-write what it loaded. Every
/// worker leads a process group; all ignore SIGINT and SIGTERM (the caller decides) and die with the caller.
class Pool {
 public:
  using Factory = std::function<std::shared_ptr<const Evaluator>()>;
  using OnDone = std::function<void(std::size_t job, const Outcome&)>;

  /// `make` runs in the fork server; to share an evaluator that exists already: [e] { return e; }. Throws
  /// what `make` throws (InputError, EnvironmentError, InternalError).
  Pool(const Factory& make, int workers, const JobLimits& limits = {});
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Outcomes in the order of the jobs, whatever the number of workers. on_done is called here, once per job
  /// and in the order of completion, so that results can be stored at once. An evaluation that throws
  /// InputError has failed with its message. A worker that dies, exceeds a limit, sends what is no outcome or
  /// throws anything else is replaced and the job tried once more; the second time its outcome is `lost`.
  /// `stop` is asked at least twice a second (and after every signal); when it turns true the running jobs
  /// are abandoned and Interrupted is thrown. Throws EnvironmentError when no worker can be started.
  std::vector<Outcome> run(const std::vector<Job>& jobs, const OnDone& on_done = {},
                           const std::function<bool()>& stop = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phasecore::evaluate
