// What the chip file says about single layers. Inside mapping/ only.
#pragma once

#include <string>
#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

/// Does `name` match a pattern in which * stands for any text?
bool matches(const std::string& pattern, const std::string& name);

/// Sets digital and adc_bits of the MVM stages: the chip's, then its `layers` patterns in order, the last
/// match wins per key. Throws InputError for patterns that match no such stage.
void apply_overrides(std::vector<Stage>& stages, const config::Chip& chip);

}  // namespace phasecore::mapping
