// Independent jobs in forked children: one thread per process, results in job order whatever the number of
// workers.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace phasecore::process {

/// Runs job(0) .. job(count - 1) in at most `workers` forked children (in this process when workers <= 1) and
/// returns their results in order. Jobs are handed out dynamically; the result must not depend on that.
/// `on_done(finished)` is called in the parent after each job. If a child dies or a job throws, the others
/// are stopped and the error is rethrown here with its type (InputError, EnvironmentError, InternalError). A
/// dead child's error names the signal and the job: InternalError for a crash, EnvironmentError if it was
/// killed from outside (SIGKILL, also when memory runs out; SIGTERM, SIGINT, SIGXCPU, ...).
std::vector<std::string> run_jobs(std::size_t count, int workers,
                                  const std::function<std::string(std::size_t)>& job,
                                  const std::function<void(std::size_t)>& on_done = {});

/// Processors this process may use (at least 1).
int available_processors();

}  // namespace phasecore::process
