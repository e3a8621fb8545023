// Rules that span several keys of a chip file.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/chip.hpp"

namespace phasecore::config {

/// "dx,dy" as two integers; nothing if the text is something else or 0,0.
std::optional<std::array<int, 2>> parse_offset(const std::string& text);

/// What `not_modelled` of a chip file may name. What a run leaves out by its own choice (accuracy without
/// data, the polarity asymmetry of 1-phase reading) is added by the report.
const std::vector<std::string>& left_out_names();

void check_network(const Interconnect& network, common::FieldVisitor& v);
void check_chip(const Chip& chip, common::FieldVisitor& v);

}  // namespace phasecore::config
