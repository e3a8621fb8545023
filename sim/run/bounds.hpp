// A run of the chip against what no chip can beat: the same program with links and buffers without limits.
#pragma once

#include "sim/program/activity.hpp"

namespace phasecore::run {

using common::Picoseconds;

/// `busiest`: analytic::interval_bound() of the program. Throws InternalError when an image of `run` ended
/// before the same image did `on_paper` (analytic::run()), or all of them before the busiest unit can have
/// done their work.
void check_bounds(const program::Activity& run, const program::Activity& on_paper, Picoseconds busiest);

/// Time from one image to the next in the steady state, as the last images of a run show it.
struct SteadyInterval {
  Picoseconds between_ends = 0;  ///< of the last two images
  Picoseconds before = 0;        ///< of the two before them
  Picoseconds value = 0;  ///< between_ends, but at least the busiest unit's work: what holds in the long run
};

/// At least three images.
SteadyInterval steady_interval(const program::Activity& run, Picoseconds busiest);

}  // namespace phasecore::run
