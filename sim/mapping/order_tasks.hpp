// In which order the tasks of a shared core take turns: see "Deadlock" in docs/model/timing.md.
#pragma once

#include <optional>
#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::mapping {

/// A schedule that repeats with every image: firing i of image m of task t at m period + start[t] + i period
/// / f, rounded down, with f firings per image. Every firing comes after all it waits for.
struct PeriodicSchedule {
  program::Picoseconds period = 0;
  std::vector<program::Picoseconds> start;  ///< of each task
};

/// As tight as the tokens allow at the pace of the busiest core, or slower where a loop or a stream whose
/// capacity is given (not 0) demands it. None when no pace will do: a window that needs all of an image at
/// once inside a loop, or a loop with too few initial tokens.
/// `slack`: how late a firing may be because of the others on its core, as a share of one firing of each of
/// them; left out where a loop has no time for it. It takes memory, as what comes early waits.
std::optional<PeriodicSchedule> periodic_schedule(const program::Program& program,
                                                  const program::Platform& platform, double slack = 1);

/// The turns of every core with several tasks: as the periodic schedule has them or, if there is none, image
/// by image. Throws InternalError when the tasks wait for each other in any order.
std::vector<program::CoreOrder> order_tasks(const program::Program& program,
                                            const program::Platform& platform, double slack = 1);

}  // namespace phasecore::mapping
