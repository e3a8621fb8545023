// Times and energies of tasks and tokens. Inside mapping/ only; formulas in docs/model/mapping.md.
#pragma once

#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/program/program.hpp"

namespace phasecore::mapping {

/// What one MVM asks of a core.
struct Firing {
  int rows = 0, columns = 0, adc_bits = 0;
  DigitalDemand finishing;  ///< what a pixel of all the layer's columns is then put through
  double share = 0;         ///< of that, in this core and firing
};
std::vector<program::Visit> mvm_visits(const Firing& firing, const config::Chip& chip);

/// One firing of a sub-matrix of a stage in crossbars; the last of a chain finishes the outputs (and pools).
void set_mvm_costs(program::Task& task, const Stage& stage, int submatrix, const config::Chip& chip);
/// One firing of a stage that a digital unit computes, at what its work asks of the unit.
void set_digital_costs(program::Task& task, const Stage& stage, const config::Chip& chip);
/// Adds the memory reads of what a task takes from its streams while it works on the outputs.
void set_memory_read_costs(program::Task& task, const std::vector<program::Stream>& streams,
                           const config::Chip& chip);
/// Credit time and energies of one token between two cores (kHost: the host), over its route but for its
/// first `shared` links, which an earlier stream of its multicast has paid for (program::Multicasts).
void set_stream_costs(program::Stream& stream, int from_core, int to_core, const program::Platform& platform,
                      const config::Chip& chip, int shared = 0);

}  // namespace phasecore::mapping
