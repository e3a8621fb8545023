// report.json of a search (schema phasecore.search/1).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "nas/search/search.hpp"

namespace phasecore::search {

/// Settings, how it ended, the front with every figure, its standard error and the step it comes from.
/// `wall_s` stands in the `provenance`, the only part in which equal searches may differ.
nlohmann::ordered_json to_json(const Problem& problem, const Result& result, double wall_s);

}  // namespace phasecore::search
