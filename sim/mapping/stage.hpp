// What follows from a stage alone. Inside mapping/ only.
#pragma once

#include <vector>

#include "sim/mapping/mapping.hpp"
#include "sim/mapping/windows.hpp"

namespace phasecore::mapping {

/// A Digital stage that is a pool.
bool is_pool(const Stage& stage);
/// Stages on the chip need cores: one per sub-matrix, one when computed digitally, none on the host.
bool in_crossbars(const Stage& stage);

/// Firings per image of each of the stage's tasks.
int firings(const Stage& stage);
/// What these firings read of the stage's input.
Reads input_reads(const Stage& stage);
/// Rows of the weight matrix that one channel of the input feeds; 1 for a Digital stage, which has none.
int rows_per_channel(const Stage& stage);
/// Real (not structurally zero) weights in a sub-matrix.
long long weights_in(const Stage& stage, const SubMatrix& part);

/// One clamp after another as one clamp.
Activation combine(const Activation& first, const Activation& second);

}  // namespace phasecore::mapping
