// A run of the chip against what no chip can beat: the same program with links and buffers without limits.
#pragma once

#include "sim/program/activity.hpp"

namespace phasecore::run {

using common::Picoseconds;

/// `busiest`: analytic::interval_bound() of the program. Throws InternalError when an image of `run` ended
/// before the same image did `on_paper` (analytic::run()), or all of them before the busiest unit can have
/// done their work.
void check_bounds(const program::Activity& run, const program::Activity& on_paper, Picoseconds busiest);

/// Time from one image to the next in the long run, as the last images of a run show it that have others
/// behind them.
struct SteadyInterval {
  Picoseconds between_ends = 0;  ///< of the last two of these images
  Picoseconds before = 0;        ///< of the two before them
  /// Intervals after which they repeat: 1, or 2 where they alternate (clocks of different periods, buffers
  /// that take turns); 0 when the run does not show that they do.
  int period = 0;
  /// Mean over the period, rounded down; between_ends without one. At least what the run was compared with:
  /// the last image has nobody behind it to wait for, so that its interval alone can be too short.
  Picoseconds value = 0;
  bool raised = false;  ///< by that comparison
};

/// Images back to back, and how many of them, at the end, are not in steady state.
struct SteadyRun {
  int images = 0, draining = 0;
};
/// `latency` of one image alone, `busiest` as above: their ratio is how many images are in the chip at once,
/// and it takes some times as many to fill it. `ahead`: program::images_ahead(): on shared cores up to so
/// many at the end are done sooner, since nobody behind them takes turns; in a deep pipeline the last have it
/// to themselves.
SteadyRun steady_run(Picoseconds latency, Picoseconds busiest, int ahead);

/// At least three images; alternation shows with five. `least`: least_interval() of the same program.
/// `draining`: so many images at the end are left out.
SteadyInterval steady_interval(const program::Activity& run, Picoseconds least, int draining = 0);

/// No run takes less per image in the long run: the busiest unit's work, and what the program settles to
/// without contention (`on_paper`: analytic::run()), if it does so within its images.
Picoseconds least_interval(const program::Activity& on_paper, Picoseconds busiest, int draining = 0);

}  // namespace phasecore::run
