// Progress with an estimate of the time left, on standard error.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace phasecore::common {

/// On a terminal one line that rewrites itself; elsewhere a plain line at most every 10 seconds and one at
/// the end. Quiet when constructed with enabled = false, and while less than `quiet_for` has passed: what
/// ends within it has shown nothing.
class Progress {
 public:
  Progress(std::string what, std::size_t total, bool enabled, std::chrono::milliseconds quiet_for = {});
  ~Progress();
  void update(std::size_t done, const std::string& note = "");

 private:
  std::string what_;
  std::size_t total_;
  bool enabled_;
  std::chrono::milliseconds quiet_for_;
  bool terminal_;
  bool line_open_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace phasecore::common
