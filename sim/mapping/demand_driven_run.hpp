// A run without times: every task fires only when the sink needs it or its turn on a shared core comes, one
// firing at a time.
#pragma once

#include <vector>

#include "sim/program/program.hpp"

namespace phasecore::mapping {

struct DemandDriven {
  std::vector<int> fills;     ///< of each stream: the most tokens that its buffer holds
  std::vector<int> sequence;  ///< tasks as they fire
};

/// All firings of one image; with shared cores, of program::images_of_a_circle() images and one more. Throws
/// InternalError when tasks wait for each other.
DemandDriven demand_driven_run(const program::Program& program);

}  // namespace phasecore::mapping
