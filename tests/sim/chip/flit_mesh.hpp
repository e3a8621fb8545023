// A mesh that moves every flit in every cycle, written for tests alone: slow, plain, and no events.
#pragma once

#include <vector>

#include "tests/sim/program/layout.hpp"

namespace phasecore::test {

struct FlitPacket {
  int source = 0, target = 0;  ///< cores
  int flits = 0;
  long ready = 0;    ///< cycle from which it may leave its core
  long arrival = 0;  ///< result: cycle in which the last flit reaches the target core
};

/// Sends the packets, those of a core in the order given. Cycles, not picoseconds. Virtual cut-through, XY,
/// one FIFO per input, round robin per output in the order east, west, north, south, core; room counts in
/// packets' flits and is known to the sender a link latency after the tail has left.
void send_by_flits(const Layout& layout, std::vector<FlitPacket>& packets);

}  // namespace phasecore::test
