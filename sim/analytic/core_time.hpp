// What a core did from 0 to the end of the run.
#pragma once

#include "sim/analytic/recursion.hpp"
#include "sim/program/activity.hpp"

namespace phasecore::analytic {

/// Busy, idle and stalled time of a core with `tasks`, after the definition of program::CoreActivity.
program::CoreActivity core_time(const program::Program& program, const std::vector<int>& tasks,
                                const Times& times, int images, Picoseconds end_ps);

}  // namespace phasecore::analytic
