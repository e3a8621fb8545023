// Workers in forked processes on this machine.
#pragma once

#include <memory>

#include "nas/evaluate/workers.hpp"

namespace phasecore::evaluate {

/// What one job may take before its worker is killed.
struct JobLimits {
  /// CPU time of the worker and all its descendants (SystemC chips, a training).
  double cpu_seconds = 600;
  /// Time in which they use no CPU at all: something waits for what never comes.
  double still_seconds = 60;
};

/// Runs in the fork server; to share an evaluator that exists already: [e] { return e; }.
using Factory = std::function<std::shared_ptr<const Evaluator>()>;

/// Forks a fork server in the constructor, so construct it before threads, databases and the like. A worker
/// that dies, exceeds a limit, sends what is no outcome or throws is replaced and the job tried once more;
/// the second time its outcome is `lost`.
class LocalWorkers : public Workers {
 public:
  /// Throws what `make` throws.
  LocalWorkers(const Factory& make, int workers, const JobLimits& limits);
  ~LocalWorkers() override;

  std::size_t free() const override;
  /// Throws EnvironmentError when no worker can be started.
  void give(std::uint64_t number, const Job& job) override;
  void watch(std::vector<pollfd>& waited) const override;
  void collect(const OnDone& done) override;
  void abandon() override;
  double tick_seconds() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phasecore::evaluate
