// Circuits from core to core, and a link to the host for every core.
#pragma once

#include <array>
#include <vector>

#include "sim/fabric/fabric.hpp"
#include "sim/fabric/parts.hpp"

namespace phasecore::fabric {

class Dedicated : public Fabric {
 public:
  /// Circuits between the neighbours at the chip's offsets.
  explicit Dedicated(const config::Chip& chip);
  /// Circuits (from, to) of one's own choice.
  Dedicated(const config::Chip& chip, const std::vector<std::array<int, 2>>& circuits);

  /// Over the fewest circuits; of several such ways the one through the lowest core numbers first.
  program::Route route(int from, int to) const override;
  /// Over circuits from each of these cores to the next.
  program::Route route_over(const std::vector<int>& cores) const;

 private:
  std::vector<std::vector<int>> neighbours_;  ///< sorted
  std::vector<std::vector<int>> circuits_;    ///< links to them
  HostWays host_;
};

}  // namespace phasecore::fabric
