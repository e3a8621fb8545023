// Two values as one, inside lowering/ only.
#pragma once

#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/combine.hpp"

namespace phasecore::mapping {

/// A stage of its own.
void lower_combination(Lowering& at, Combination combination);

}  // namespace phasecore::mapping
