// What a network sends from chip to chip.
#pragma once

#include <optional>
#include <vector>

#include "sim/config/chip.hpp"
#include "sim/program/activity.hpp"

namespace phasecore::run {

/// One link between neighbouring chips, in one direction, for one image in an empty system.
struct ChipLinkReport {
  int from_chip = 0, to_chip = 0;
  long long bytes = 0;            ///< payload; header flits come on top
  double energy_nj = 0;           ///< of these bytes; part of the network's
  std::optional<double> busy_ns;  ///< none from the analytic engine, where links are no limit
};

/// All links between chips, up and down the row; none on a single chip.
std::vector<ChipLinkReport> between_chips(const program::Program& program, const program::Platform& platform,
                                          const program::Activity& activity, const config::Chip& chip);

}  // namespace phasecore::run
