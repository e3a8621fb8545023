// Runs something in a child process of its own: SystemC elaborates once per process.
#pragma once

#include <functional>
#include <string>

#include "common/process/jobs.hpp"

namespace phasecore::test {

/// The bytes that `work` returns in a child; what it throws arrives here with its type.
inline std::string in_child(const std::function<std::string()>& work) {
  constexpr int kWorkers = 2;  // with one, the job would run in this process
  return process::run_jobs(1, kWorkers, [&](std::size_t) { return work(); }).front();
}

}  // namespace phasecore::test
