#include "sim/mapping/costs.hpp"

#include <cmath>

#include "common/diagnostics.hpp"

namespace phasecore::mapping {
namespace {

using program::Component;

common::Attojoules& part_of(program::EnergySplit& split, Component component) {
  return split[static_cast<int>(component)];
}

/// Whole cycles for some work at a rate per cycle.
std::int64_t cycles(double work, double per_cycle, const char* key, const config::Chip& chip) {
  if (work <= 0) return 0;
  if (!(per_cycle > 0))
    throw common::InputError("chip '" + chip.name + "': " + key + " is 0, but the network needs that unit");
  return static_cast<std::int64_t>(std::ceil(work / per_cycle));
}

/// What a digital unit computes of values beside finishing its outputs: functions, normalisations.
struct Functions {
  std::int64_t cycles = 0;
  double energy_pj = 0;
};

/// `share` of what a stage's firing demands.
Functions functions(const DigitalDemand& demand, double share, const config::Chip& chip) {
  const config::DigitalUnit& d = chip.digital;
  const double piecewise = demand.piecewise * share, curved = demand.curved * share;
  const std::int64_t in_all =
      cycles(piecewise, d.piecewise_values_per_cycle, "digital.piecewise_values_per_cycle", chip) +
      cycles(curved, d.curve_values_per_cycle, "digital.curve_values_per_cycle", chip) +
      cycles(demand.normalised, d.normalised_values_per_cycle, "digital.normalised_values_per_cycle", chip);
  return {in_all, chip.energy.digital_pj_per_piecewise * piecewise +
                      chip.energy.digital_pj_per_curve * curved +
                      chip.energy.digital_pj_per_normalised * demand.normalised};
}

/// What products of two activations take.
struct Products {
  std::int64_t cycles = 0;
  double energy_pj = 0;
};

Products products_of(const DigitalDemand& demand, const config::Chip& chip) {
  if (demand.products == 0) return {};
  if (!chip.attention)
    throw common::InputError("chip '" + chip.name +
                             "' has no unit for attention (group attention), but the network needs it");
  const config::Attention& unit = *chip.attention;
  const auto products = static_cast<double>(demand.products);
  return {cycles(products, unit.macs_per_cycle, "attention.macs_per_cycle", chip),
          unit.fj_per_mac * 1e-3 * products};
}

/// What a vector of `bytes` takes on its way into the registers.
program::Visit load(int bytes, const config::Chip& chip) {
  // Without a memory the host puts the vector into the input registers itself.
  if (chip.memory.bytes == 0) return program::load_visit(0);
  const std::int64_t duration =
      cycles(bytes, chip.memory.read_bytes_per_cycle, "memory.read_bytes_per_cycle", chip);
  program::Visit visit = program::load_visit(duration * chip.memory.clock_ps);
  part_of(visit.energy, Component::Memory) = common::aj_from_fj(chip.energy.memory_read_fj_per_byte * bytes);
  return visit;
}

program::Visit crossbar(const config::Chip& chip, const config::MvmEnergy& energy, int adc_bits) {
  program::Visit visit =
      program::crossbar_visit(common::ps_from_ns(chip.mvm_ns(adc_bits)), chip.mapping.overlap_mvm_digital);
  part_of(visit.energy, Component::Array) = common::aj_from_pj(energy.array_pj);
  part_of(visit.energy, Component::Dac) = common::aj_from_pj(energy.dac_pj);
  part_of(visit.energy, Component::Adc) = common::aj_from_pj(energy.adc_pj);
  return visit;
}

/// `work` cycles before the outputs are finished one after the other.
program::Visit digital(std::int64_t work, int outputs, double energy_pj, const config::Chip& chip) {
  const config::DigitalUnit& d = chip.digital;
  const std::int64_t finishing = cycles(outputs, d.outputs_per_cycle, "digital.outputs_per_cycle", chip);
  program::Visit visit =
      program::digital_visit((work + finishing + d.pipeline_cycles) * d.clock_ps,
                             static_cast<program::Picoseconds>(d.pipeline_cycles) * d.clock_ps);
  part_of(visit.energy, Component::Digital) = common::aj_from_pj(energy_pj);
  return visit;
}

}  // namespace

std::vector<program::Visit> mvm_visits(const Firing& firing, const config::Chip& chip) {
  const double pooled = firing.finishing.pooled * firing.share;
  const Functions extra = functions(firing.finishing, firing.share, chip);
  const std::int64_t work =
      cycles(pooled, chip.digital.pool_values_per_cycle, "digital.pool_values_per_cycle", chip) +
      extra.cycles;
  const config::MvmEnergy energy = config::mvm_energy(chip, firing.rows, firing.columns, firing.adc_bits);
  const double digital_pj = energy.control_pj + chip.energy.digital_pj_per_output * firing.columns +
                            chip.energy.digital_pj_per_pooled * pooled + extra.energy_pj;
  return {load(firing.rows, chip), crossbar(chip, energy, firing.adc_bits),
          digital(work, firing.columns, digital_pj, chip)};
}

void set_mvm_costs(program::Task& task, const Stage& stage, int submatrix, const config::Chip& chip) {
  const MvmWork& mvm = *in_crossbars(stage);
  const SubMatrix& part = mvm.submatrices.at(submatrix);
  task.rows = part.row_end - part.row_begin;
  task.columns = part.col_end - part.col_begin;
  task.macs = mvm.weights_in(part);
  Firing firing;
  firing.rows = task.rows;
  firing.columns = task.columns;
  firing.adc_bits = mvm.adc_bits;
  // Pixels are pooled per core: each last hop pools its own columns.
  if (mvm.ends_chain(submatrix)) {
    firing.finishing = mvm.demand(stage);
    firing.share = static_cast<double>(task.columns) / mvm.cols;  // of so many pixels
  }
  task.visits = mvm_visits(firing, chip);
}

void set_digital_costs(program::Task& task, const Stage& stage, const config::Chip& chip) {
  const int outputs = raster_of(stage.out_shape).channels;
  const DigitalDemand demand = stage.work->demand(stage);
  task.macs = demand.macs + demand.products;
  const Products products = products_of(demand, chip);
  const Functions extra = functions(demand, 1, chip);
  const std::int64_t work =
      extra.cycles + products.cycles +
      cycles(demand.pooled, chip.digital.pool_values_per_cycle, "digital.pool_values_per_cycle", chip) +
      cycles(static_cast<double>(demand.macs), chip.digital.macs_per_cycle, "digital.macs_per_cycle", chip);
  const double energy_pj =
      chip.energy.digital_pj_per_output * outputs + chip.energy.digital_pj_per_pooled * demand.pooled +
      chip.energy.digital_fj_per_mac * 1e-3 * static_cast<double>(demand.macs) +
      chip.energy.digital_pj_per_pooled * demand.combined + extra.energy_pj + products.energy_pj;
  task.visits = {load(demand.loaded_bytes, chip), program::crossbar_visit(0, false),
                 digital(work, outputs, energy_pj, chip)};
}

void set_memory_read_costs(program::Task& task, const std::vector<program::Stream>& streams,
                           const config::Chip& chip) {
  if (chip.memory.bytes == 0) return;
  for (const program::Input& input : task.inputs) {
    const program::Stream& stream = streams[input.stream];
    if (input.visit > program::kLoad && !stream.streaming && !task.visits.empty())
      part_of(task.visits[input.visit].energy, Component::Memory) +=
          common::aj_from_fj(chip.energy.memory_read_fj_per_byte * stream.bytes);
  }
}

void set_stream_costs(program::Stream& stream, int from_core, int to_core, const program::Platform& platform,
                      const config::Chip& chip, int shared) {
  const bool from_host = from_core == program::kHost, to_host = to_core == program::kHost;
  if (from_host && to_host) return;  // never leaves the host
  stream.credit_ps =
      static_cast<program::Picoseconds>(chip.network.credit_latency_cycles) * chip.network.clock_ps;
  const config::Energy& e = chip.energy;
  const int links = static_cast<int>(stream.route.size());
  if ((from_host && shared == 0) || (to_host && shared < links))
    stream.token_energy_host = common::aj_from_pj(e.host_pj_per_byte * stream.bytes);
  if (!to_host && !stream.streaming && chip.memory.bytes > 0)
    stream.token_energy_write = common::aj_from_fj(e.memory_write_fj_per_byte * stream.bytes);
  int wires = 0, routers = 0, between_chips = 0;
  for (int i = shared; i < links; ++i) {
    const program::Link& link = platform.links[stream.route[i].link];
    wires += link.kind == program::LinkKind::Hop || link.kind == program::LinkKind::Circuit;
    routers += program::enters_router(link);
    between_chips += link.kind == program::LinkKind::OffChip;
  }
  const double off_chip_fj = chip.chips ? between_chips * 1e3 * chip.chips->link_pj_per_byte : 0;
  stream.token_energy_network = common::aj_from_fj(
      (wires * e.link_fj_per_byte_hop + routers * e.router_fj_per_byte + off_chip_fj) * stream.bytes);
}

}  // namespace phasecore::mapping
