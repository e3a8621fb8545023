// Rules that span several keys of a chip file.
#pragma once

#include <array>
#include <optional>

#include "sim/config/chip.hpp"

namespace phasecore::config {

/// "dx,dy" as two integers; nothing if the text is something else or 0,0.
std::optional<std::array<int, 2>> parse_offset(const std::string& text);

void check_adc(const Adc& adc, common::FieldVisitor& v);
void check_network(const Network& network, common::FieldVisitor& v);
void check_chip(const Chip& chip, common::FieldVisitor& v);

}  // namespace phasecore::config
