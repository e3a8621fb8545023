#include "sim/run/upkeep.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace phasecore::run {
namespace {

constexpr int kPolarities = 2;

ProgrammingReport programming(int cores, const config::Chip& chip) {
  const config::Programming& p = chip.programming;
  const double diagonals = std::max(chip.crossbar.rows, chip.crossbar.columns);
  const double steps = diagonals * kPolarities * p.iterations;
  ProgrammingReport report;
  report.cores = cores;
  report.time_per_core_ns = steps * (p.pulses_ns + p.verify_ns);
  report.time_ns = std::ceil(static_cast<double>(cores) / p.cores_at_once) * report.time_per_core_ns;
  report.energy_nj = cores * steps * (p.pulses_nj + p.verify_nj);
  report.constant_nj = cores * report.time_per_core_ns * chip.power.waiting_mw * 1e-3;
  report.times_low = p.endurance_low / p.iterations;
  report.times_high = p.endurance_high / p.iterations;
  return report;
}

/// One row at full input, all columns converted and read.
double one_hot_nj(const program::Task& task, const config::Chip& chip) {
  const auto part = [&](program::Component c) {
    return common::nj_from_aj(task.visits[program::kCrossbar].energy[static_cast<int>(c)]);
  };
  const double control_pj = config::mvm_energy(chip, 1, task.columns, chip.adc.bits).control_pj;
  return (part(program::Component::Array) + part(program::Component::Dac)) / task.rows +
         part(program::Component::Adc) +
         (control_pj + chip.energy.digital_pj_per_output * task.columns) * 1e-3;
}

double one_hot_ns(const program::Task& task, const config::Chip& chip) {
  const config::DigitalUnit& d = chip.digital;
  const double cycles = std::ceil(task.columns / d.outputs_per_cycle) + d.pipeline_cycles;
  return common::ns_from_ps(task.visits[program::kCrossbar].duration_ps) + cycles * d.clock_ps * 1e-3;
}

}  // namespace

UpkeepReport upkeep(const program::Program& program, const config::Chip& chip, double interval_ns) {
  UpkeepReport report;
  DriftReadoutReport& readout = report.drift_readout;
  std::map<int, double> time_ns;  // of each core with weights
  for (const program::Task& task : program.tasks) {
    if (task.kind != program::TaskKind::Mvm) continue;
    readout.mvms += task.rows;
    readout.energy_nj += task.rows * one_hot_nj(task, chip);
    time_ns[task.core] += task.rows * one_hot_ns(task, chip);
  }
  for (const auto& [core, time] : time_ns) {
    readout.time_ns = std::max(readout.time_ns, time);
    readout.energy_nj += time * chip.power.waiting_mw * 1e-3;
  }
  readout.images = chip.compensation.period_s * 1e9 / interval_ns;
  readout.energy_per_image_nj = readout.energy_nj / readout.images;
  report.programming = programming(static_cast<int>(time_ns.size()), chip);
  return report;
}

}  // namespace phasecore::run
