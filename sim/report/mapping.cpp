#include "sim/report/mapping.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/mapping/placement.hpp"

namespace phasecore::report {
namespace {

using common::Picoseconds;
using mapping::Mapped;
using nlohmann::ordered_json;

double us(Picoseconds time) {
  return static_cast<double>(time) * 1e-6;
}

std::string waves_text(const std::optional<std::array<int, 2>>& waves) {
  if (!waves) return "-";
  const auto [first, last] = *waves;
  return first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
}

constexpr int kWaveColumn = 2;  ///< where layers run in waves

}  // namespace

common::Table stage_table(const Mapped& mapped) {
  std::vector<common::Column> columns = {{"layer", "layer"},
                                         {"op", "op"},
                                         {"matrix", "matrix"},
                                         {"tile", "tile"},
                                         {"replicas", "replicas"},
                                         {"cores", "cores"},
                                         {"time_us", "us per image", 2},
                                         {"of_interval_percent", "of interval %", 0},
                                         {"places", "on cores"}};
  if (!mapped.is_pipelined()) columns.insert(columns.begin() + kWaveColumn, {"waves", "waves"});
  common::Table table(columns);
  for (int s = 0; s < static_cast<int>(mapped.map.stages.size()); ++s) {
    const mapping::Stage& stage = mapped.map.stages[s];
    const mapping::MvmWork* mvm = mapping::in_crossbars(stage);
    const std::vector<int> cores = mapping::cores_of(stage);
    const auto matrix = mvm != nullptr ? fmt::format("{}x{}", mvm->tile_rows(), mvm->tile_cols()) : "-";
    const auto tile =
        mvm != nullptr ? fmt::format("{}x{}", mvm->sharing.tile_h, mvm->sharing.tile_w) : std::string("-");
    const Picoseconds time = mapped.time_of(s), interval = mapped.interval_ps();
    std::vector<common::Cell> row = {
        stage.name,
        stage.op,
        matrix,
        tile,
        mvm != nullptr ? common::Cell{static_cast<long long>(mvm->sharing.replicas)} : common::Cell{},
        static_cast<long long>(cores.size()),
        us(time),
        interval > 0 ? 100.0 * static_cast<double>(time) / static_cast<double>(interval) : 0.0,
        cores.empty() ? "host" : mapping::core_text(cores)};
    if (!mapped.is_pipelined()) {
      row.insert(row.begin() + kWaveColumn, waves_text(mapped.waves_of(s)));
    }
    table.add_row(row);
  }
  return table;
}

ordered_json to_json(const Mapped& mapped, const config::Chip& chip, std::optional<Picoseconds> more) {
  ordered_json j = {{"schema", "phasecore.map/1"},
                    {"network", mapped.map.network},
                    {"chip", chip.name},
                    {"cores_available", mapped.map.cores_available},
                    {"cores_used", mapped.map.cores_used},
                    {"utilization", mapped.map.utilization},
                    {"schedule", config::name_of(chip.mapping.schedule)},
                    {"closed_form_interval_ns", us(mapped.interval_ps()) * 1e3},
                    {"busiest_core", mapped.loads.busiest},
                    {"bound_by", mapped.is_pipelined() ? ordered_json(mapped.bound()) : ordered_json()},
                    {"one_core_more_interval_ns", more ? ordered_json(us(*more) * 1e3) : ordered_json()}};
  j["layers"] = ordered_json::array();
  for (int s = 0; s < static_cast<int>(mapped.map.stages.size()); ++s) {
    const mapping::Stage& stage = mapped.map.stages[s];
    const mapping::MvmWork* mvm = mapping::in_crossbars(stage);
    ordered_json layer = {{"name", stage.name}, {"op", stage.op}};
    if (mvm != nullptr) {
      layer["tile"] = {mvm->sharing.tile_h, mvm->sharing.tile_w};
      layer["replicas"] = mvm->sharing.replicas;
      layer["matrix"] = {mvm->tile_rows(), mvm->tile_cols()};
      layer["submatrices"] = mvm->per_replica();
      if (!mvm->pool_cut.is_none()) layer["pool_cut"] = {mvm->pool_cut.h, mvm->pool_cut.w};
    }
    layer["cores"] = mapping::cores_of(stage);
    layer["time_ns"] = us(mapped.time_of(s)) * 1e3;
    if (const auto waves = mapped.waves_of(s)) layer["waves"] = *waves;
    j["layers"].push_back(std::move(layer));
  }
  return j;
}

}  // namespace phasecore::report
