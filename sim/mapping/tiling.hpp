// Cutting weight matrices into sub-matrices that fit a crossbar. Inside mapping/ only.
#pragma once

#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

/// What a matrix may fill of a crossbar.
struct ArrayLimits {
  int rows = 0, columns = 0;
};
ArrayLimits limits(const config::Chip& chip);

/// Fills in the sub-matrices of a matrix that goes into crossbars, of all its replicas. Whole groups of a
/// convolution share a crossbar block-diagonally; a group too big for one is cut as a matrix of its own.
void cut(MvmWork& mvm, const config::Chip& chip);

}  // namespace phasecore::mapping
