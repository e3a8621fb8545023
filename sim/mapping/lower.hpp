// From a network to stages: the walk over its layers. Inside mapping/ only.
#pragma once

#include <string>
#include <vector>

#include "models/graph/network.hpp"
#include "sim/mapping/lowering.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

/// Stages without sub-matrices, overrides and cores.
struct Lowered {
  std::vector<Stage> stages;
  graph::Shape input_shape;
  std::vector<std::string> host_tail;
};

/// `network` has its batch norms folded. With `host_between` (interlayer: host) skips and pools stay stages
/// of their own, which the host computes; else they are fused into the digital units where possible.
/// Throws InputError naming every layer that cannot be executed.
Lowered lower(const graph::Network& network, bool host_between, const Rules& rules);

}  // namespace phasecore::mapping
