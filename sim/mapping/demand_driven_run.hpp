// A run without times: every task fires only when the sink needs it or its turn on a shared core comes, one
// firing at a time.
#pragma once

#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::mapping {

/// Both run all firings of one image; with shared cores, of program::images_of_a_circle() images and one
/// more. They throw InternalError when tasks wait for each other.

/// Of each stream the most tokens that its buffer holds.
std::vector<int> demand_driven_fills(const program::Program& program);
/// Tasks as they fire.
std::vector<int> demand_driven_sequence(const program::Program& program);

}  // namespace phasecore::mapping
