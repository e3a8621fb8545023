// A mapping as the file that makes it again.
#pragma once

#include "sim/config/mapping_file.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

config::MappingFile as_file(const Mapping& mapping, const config::Chip& chip);

}  // namespace phasecore::mapping
