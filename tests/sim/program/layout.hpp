// Platforms for tests: a few figures of a chip, and perhaps circuits of one's own choice.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "sim/fabric/fabric.hpp"

namespace phasecore::test {

struct Layout {
  config::Chip chip;                         ///< grid, network and host are in use
  std::vector<std::array<int, 2>> circuits;  ///< topology dedicated, with these instead of offsets

  std::unique_ptr<const fabric::Fabric> fabric() const;
  program::Platform platform() const { return fabric()->platform(); }
  /// The program with the ways that its packets take here; what has an end outside the grid gets none.
  program::Program routed(program::Program program) const;
  int cores() const { return chip.cores(); }
  /// Room that a packet takes in a router.
  int flits(int bytes) const;
};

}  // namespace phasecore::test
