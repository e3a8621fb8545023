// What the chip file says about single layers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

/// Does `name` match a pattern in which * stands for any text?
bool matches(const std::string& pattern, const std::string& name);

/// What the chip's `layers` say of a layer's key `digital`; nothing where they leave it open.
std::optional<bool> said_digital(const config::Chip& chip, const std::string& layer);

/// Sets digital and adc_bits of the MVM stages: the chip's, then its `layers` patterns in order, the last
/// match wins per key. Throws InputError for patterns that match no such stage. Inside mapping/ only.
void apply_overrides(std::vector<Stage>& stages, const config::Chip& chip);

}  // namespace phasecore::mapping
