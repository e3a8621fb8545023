// The converters' range of each layer, from what its lines carry.
#pragma once

#include <vector>

#include "sim/numerics/calibrate.hpp"

namespace phasecore::numerics {

/// Per stage the quantile chip.adc.range_quantile of its line currents' sizes over (the first of) the images,
/// with ideal conductances and without noise, in fully-on devices at full input; 0 for a stage whose lines
/// carry nothing, or which has none. Throws InputError without images.
std::vector<double> line_ranges(const mapping::Mapping& mapping, const config::Chip& chip,
                                const Calibration& calibration, const graph::Batch& images);

}  // namespace phasecore::numerics
