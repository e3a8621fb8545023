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

/// Virtual cut-through, as the chip's routers: a packet goes on when there is room for all of it, and its
/// room is free when its tail has left. Wormhole, as most routers on chips: a flit goes on when there is room
/// for a flit, so that a packet that waits may lie in several routers and hold the outputs behind it.
enum class Switching { CutThrough, Wormhole };

/// Sends the packets, those of a core in the order given. Cycles, not picoseconds. XY, one FIFO per input,
/// round robin per output in the order east, west, north, south, core; freed room is known to the sender a
/// link latency later.
void send_by_flits(const Layout& layout, std::vector<FlitPacket>& packets,
                   Switching by = Switching::CutThrough);

}  // namespace phasecore::test
