// The conversions of a program's tokens from one order to another (T23).
#pragma once

#include "sim/program/program.hpp"

namespace phasecore::program {

/// What an image's tokens that come in another order add to the work of a task at one of its visits.
Picoseconds fetching_per_image(const Program& program, int task, int visit);
/// The most they add to one firing of a task.
Picoseconds longest_fetch_ps(const Program& program, int task);

/// Our own invariants of a program's conversions. Throws InternalError.
void check_conversions(const Program& program);

}  // namespace phasecore::program
