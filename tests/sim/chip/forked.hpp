// Runs something in a child process of its own: SystemC elaborates once per process.
#pragma once

#include <functional>
#include <string>

#include "common/process_pool.hpp"

namespace phasecore::test {

/// The bytes that `work` returns in a child; what it throws arrives here with its type.
inline std::string in_child(const std::function<std::string()>& work) {
  // Two jobs on two workers, so that neither runs in this process; the second has nothing to do.
  return common::run_jobs(2, 2, [&](std::size_t job) { return job == 0 ? work() : std::string(); }).front();
}

}  // namespace phasecore::test
