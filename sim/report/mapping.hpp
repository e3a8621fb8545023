// What the mapping compiler alone tells: one JSON document (schema phasecore.map/1), and a table for a
// person.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "common/table.hpp"
#include "sim/mapping/closed_form.hpp"

namespace phasecore::report {

/// `more`: with_one_core_more().
nlohmann::ordered_json to_json(const mapping::Mapped& mapped, const config::Chip& chip,
                               std::optional<common::Picoseconds> more);

/// One row per layer.
common::Table stage_table(const mapping::Mapped& mapped);

}  // namespace phasecore::report
