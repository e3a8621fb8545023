// From a network to stages: the walk over its layers. Inside mapping/ only.
#pragma once

#include <string>
#include <vector>

#include "models/graph/fold.hpp"
#include "models/graph/interlayer.hpp"
#include "sim/mapping/lowering.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

/// Stages without sub-matrices, overrides and cores.
struct Lowered {
  std::vector<Stage> stages;
  graph::Shape input_shape;
  bool takes_steps = false;                             ///< as in Mapping
  std::vector<std::vector<std::string>> shared_ranges;  ///< as in Mapping
  std::vector<std::string> host_tail;
};

/// Throws InputError naming every layer that cannot be executed.
Lowered lower(const graph::FoldedNetwork& network, graph::Interlayer interlayer, const Rules& rules);

}  // namespace phasecore::mapping
