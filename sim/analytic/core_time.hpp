// What a core did from 0 to the end of the run.
#pragma once

#include "sim/analytic/recursion.hpp"
#include "sim/program/activity.hpp"

namespace phasecore::analytic {

/// The run, and the shortest gap that counts.
struct Span {
  int images = 0;
  Picoseconds end_ps = 0, least_gap_ps = 0;
};

/// Busy, idle and stalled time of a core with `tasks`, after the definition of program::CoreActivity.
program::CoreActivity core_time(const program::Program& program, const std::vector<int>& tasks,
                                const Times& times, const Span& span);

}  // namespace phasecore::analytic
