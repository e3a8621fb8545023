// Does a network fit a chip, and if not, where does it stop fitting? Inside nas/evaluate only.
#pragma once

#include <string>

#include "models/graph/fold.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::evaluate {

struct Fit {
  int cores = 0;        ///< needed, whether or not the chip has them
  std::string refusal;  ///< "" or the layer that finds too few cores left, and how many it needs
};

/// Throws InputError for a network that the chip cannot execute at all.
Fit fit(const graph::FoldedNetwork& network, const config::Chip& chip);

}  // namespace phasecore::evaluate
