// The mapping compiler's choice, applied: tiles, replicas and cut pools of every layer in crossbars. Inside
// mapping/ only.
#pragma once

#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

/// As `mapping.objective` says; layers whose sharing the chip's `layers` gives stay so. Stages have been cut,
/// those that change are cut again. A network for which no choice fits stays as it is. Throws InputError for
/// tiles, replicas or limits that cannot be. `tiles_of_groups`: may grouped convolutions have tiles?
void share_out(std::vector<Stage>& stages, const config::Chip& chip, bool tiles_of_groups = true);

}  // namespace phasecore::mapping
