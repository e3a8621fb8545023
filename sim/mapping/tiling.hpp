// Cutting weight matrices into sub-matrices that fit a crossbar. Inside mapping/ only.
#pragma once

#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

/// Fills in the sub-matrices of a matrix that goes into crossbars. Whole groups of a convolution share a
/// crossbar block-diagonally; a group too big for one is cut as a matrix of its own.
void cut(MvmWork& mvm, const config::Chip& chip);

}  // namespace phasecore::mapping
