#include "sim/mapping/gate_slices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "sim/mapping/tiling.hpp"

namespace phasecore::mapping {
namespace {

common::Picoseconds cycles_ps(double values, double per_cycle, int clock_ps) {
  return static_cast<common::Picoseconds>(std::ceil(values / per_cycle)) * clock_ps;
}

}  // namespace

UnitWork gate_slice(int columns, int cells, const config::Chip& chip) {
  const config::Gates& gates = *chip.gates;
  const config::Interconnect& network = chip.network;
  const common::Picoseconds clock = gates.clock_ps;
  const common::Picoseconds link =
      common::Picoseconds{network.link_latency_cycles + network.router_latency_cycles} * network.clock_ps;
  const common::Picoseconds taken = cycles_ps(columns, gates.values_per_cycle, gates.clock_ps);
  const common::Picoseconds delivered = common::Picoseconds{cells} * gates.cycles_per_output * clock;
  // Values come as the digital unit finishes them, so that what it takes for them has gone by.
  const common::Picoseconds finished =
      cycles_ps(columns, chip.digital.outputs_per_cycle, chip.digital.clock_ps);
  const auto beyond = [&](common::Picoseconds time) {
    return std::max<common::Picoseconds>(time - finished, 0);
  };
  UnitWork work;
  work.unit = "gates";
  work.duration_ps = link + gates.pipeline_cycles * clock +
                     (gates.streams ? beyond(std::max(taken, delivered)) : beyond(taken) + delivered);
  work.energy = common::aj_from_pj(gates.pj_per_value * columns) +
                common::aj_from_fj(chip.energy.link_fj_per_byte_hop * columns);
  return work;
}

std::vector<int> gate_cores(const config::Chip& chip) {
  std::vector<int> cores;
  if (!chip.gates) return cores;
  for (int one = 0; one < chip.count(); ++one)
    for (int x = 0; x < chip.gates->slices; ++x)
      cores.push_back((one * chip.grid.rows + chip.gates->row) * chip.grid.columns + x);
  return cores;
}

void cut_cells(Stage& stage, RecurrentWork& work, const config::Chip& chip) {
  if (!chip.gates)
    throw common::InputError(fmt::format("layer '{}' ({}) takes gate slices, but chip '{}' has none (gates)",
                                         stage.name, stage.op, chip.name));
  if (chip.gates->slices > chip.grid.columns || chip.gates->row >= chip.grid.rows)
    throw common::InputError(
        fmt::format("layer '{}' ({}) takes gate slices, but the {} beside row {} (gates.slices, gates.row; "
                    "counted from 0) "
                    "do not fit the grid of chip '{}', {} x {} cores",
                    stage.name, stage.op, chip.gates->slices, chip.gates->row, chip.name, chip.grid.columns,
                    chip.grid.rows));
  if (chip.mapping.schedule == config::Schedule::CrossbarSerial)
    throw common::InputError(fmt::format(
        "layer '{}' ({}): mapping.schedule: crossbar-serial has each crossbar do all of its work at once, "
        "but the next step waits for all crossbars of the one before",
        stage.name, stage.op));
  work.most_columns = std::min(chip.gates->inputs, chip.gates->cells * work.cell_columns);
  if (work.cell_columns > std::min(work.most_columns, limits(chip).columns))
    throw common::InputError(
        fmt::format("layer '{}' ({}): the gates of a cell take {} values, more than a "
                    "slice or a crossbar of chip '{}' has room for",
                    stage.name, stage.op, work.cell_columns, chip.name));
  cut(work, chip);
  for (std::size_t k = 0; k < work.submatrices.size(); ++k) {
    const SubMatrix& part = work.submatrices[k];
    const int columns = part.col_end - part.col_begin;
    work.gates.push_back(gate_slice(columns, columns / work.cell_columns, chip));
  }
}

}  // namespace phasecore::mapping
