// Which core holds what. Inside mapping/ only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

/// All cores, chip by chip and row by row in alternating direction: successive ones of a chip are always
/// neighbours, on a mesh and over dedicated links between nearest neighbours alike.
std::vector<int> snake(const config::Grid& grid, int chips = 1);

/// "0-3, 9" as cores, and back; nothing for other text.
std::optional<std::vector<int>> core_list(const std::string& text);
std::string core_text(const std::vector<int>& cores);

/// Gives every sub-matrix and every digital stage on the chip a core, along the snake in the order of the
/// stages, so that partial sums and pixels travel short ways. Where they come with numbers of cores, equal
/// numbers stay one core; where the chip's `layers` names the cores, they are those. Returns the number of
/// cores used. Throws InputError with the table layer / cores needed / cores left when they do not suffice.
int place(std::vector<Stage>& stages, const config::Chip& chip, const std::string& network);

}  // namespace phasecore::mapping
