// Gate slices of a chip: which cores have one, and what a step costs there. Inside mapping/ only.
#pragma once

#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/stage.hpp"
#include "sim/mapping/stages/recurrent.hpp"

namespace phasecore::mapping {

/// A step of some cells whose gates take `columns` values of the core beside the slice.
UnitWork gate_slice(int columns, int cells, const config::Chip& chip);

/// The cores beside the slices.
std::vector<int> gate_cores(const config::Chip& chip);

/// Cuts the matrix of a recurrent layer so that a core has all columns of its cells, and no more than a slice
/// takes, and gives each end of a chain its slice. Throws InputError for a chip without slices.
void cut_cells(Stage& stage, RecurrentWork& work, const config::Chip& chip);

}  // namespace phasecore::mapping
