// Closed forms beside the chip: a second opinion on every number, and a fast first one.
#pragma once

#include "sim/program/activity.hpp"
#include "sim/program/program.hpp"

namespace phasecore::analytic {

/// Runs a program on paper: the timing rules (docs/model/timing.md) as a max-plus recursion with free links
/// and unlimited buffers. Equal to the chip where nothing contends, never later than the chip elsewhere.
/// Counts (firings, tokens, flits) are always equal.
program::Activity run(const program::Program& program, const program::Platform& platform, int images);

/// Lower bound of the steady-state time between two images: the busiest unit's work per image.
program::Picoseconds interval_bound(const program::Program& program, const program::Platform& platform);

}  // namespace phasecore::analytic
