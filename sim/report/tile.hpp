// What characterising an array found: one JSON document (schema phasecore.tile/1), and a table.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/table.hpp"
#include "sim/tile/tile.hpp"

namespace phasecore::report {

/// Times in seconds from the end of programming; a deviation over one instance is null.
nlohmann::ordered_json to_json(const tile::Request& request, const tile::Characterisation& result);

/// One row per time.
common::Table tile_table(const tile::Characterisation& result);

}  // namespace phasecore::report
