// The cycle-level SystemC chip. SystemC itself stays behind this header.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sim/program/activity.hpp"
#include "sim/program/payload.hpp"
#include "sim/program/program.hpp"

namespace phasecore::chip {

struct RunOptions {
  int images = 1;                               ///< all offered at time 0, entering as the chip takes them
  program::TaskFunctions* functions = nullptr;  ///< values to carry along, or none
  /// Told between stretches of simulated time how many firings on cores have ended; or nobody.
  std::function<void(std::int64_t ended)> on_firings;
  /// "" or the file of a trace, of exactly this name: for Perfetto if it ends in `.pftrace` (Timeline), else
  /// a VCD of core states and link use.
  std::string trace_path;
  /// Once the chip is seen in the same state twice, the images between the two are not simulated again but
  /// continued: all figures but Activity::events stay the same (decision 080). Never with values or a trace.
  bool extrapolate = true;
  /// No progress for this long beyond the slowest step of a healthy program (a firing, a packet's way, a
  /// credit) is an error naming who waits for whom.
  program::Picoseconds watchdog_ps = 100'000'000;
};

/// One elaborated chip. SystemC elaborates once per process, so construct at most one Chip in a process (a
/// second one is an InternalError); it runs any number of programs, each from time 0 of an empty chip.
class Chip {
 public:
  explicit Chip(const program::Platform& platform);
  ~Chip();
  /// Runs to the end and checks the books. Throws InternalError on deadlock or broken invariants,
  /// EnvironmentError if the trace cannot be written (there is none then).
  program::Activity run(const program::Program& program, const RunOptions& options);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phasecore::chip
