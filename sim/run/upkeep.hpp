// What writing a network into a chip takes, and measuring how far its devices have drifted. Neither is part
// of an image's time or energy.
#pragma once

#include "sim/config/chip.hpp"
#include "sim/program/program.hpp"

namespace phasecore::run {

/// All cores with weights, once. Upper bounds: every device takes all iterations.
struct ProgrammingReport {
  int cores = 0;
  double time_per_core_ns = 0, time_ns = 0;
  double energy_nj = 0;                  ///< pulses and verifications
  double constant_nj = 0;                ///< cores take power.waiting_mw meanwhile
  double times_low = 0, times_high = 0;  ///< how often devices endure it
};

/// One readout of all crossbars by one-hot inputs, and what it is per image if images come back to back.
struct DriftReadoutReport {
  long long mvms = 0;
  double time_ns = 0, energy_nj = 0;
  double images = 0;  ///< between two readouts
  double energy_per_image_nj = 0;
};

struct UpkeepReport {
  ProgrammingReport programming;
  DriftReadoutReport drift_readout;
};

UpkeepReport upkeep(const program::Program& program, const config::Chip& chip, double interval_ns);

}  // namespace phasecore::run
