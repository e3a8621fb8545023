// report.json (schema phasecore.simulate/1) and layers.csv.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/table.hpp"
#include "sim/run/report.hpp"

namespace phasecore::report {

/// The part of the report that may differ between two equal runs.
struct Provenance {
  double wall_s = 0;
};

/// Keys and units as docs/formats.md promises; figures that are not modelled are null.
nlohmann::ordered_json to_json(const run::Report& report, const Provenance& provenance);

/// One row per layer, "shared" last.
common::Table layers_csv(const run::Report& report);

}  // namespace phasecore::report
