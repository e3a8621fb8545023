// What one direction of one link has carried.
#pragma once

#include <algorithm>

#include "sim/program/activity.hpp"

namespace phasecore::chip {

struct LinkUse {
  int from = 0, to = 0;  ///< cores, or kHost
  std::int64_t packets = 0, flits = 0;
  int max_queue = 0;

  void carry(int packet_flits) {
    ++packets;
    flits += packet_flits;
  }
  void queue(int waiting) { max_queue = std::max(max_queue, waiting); }
  void reset() { packets = flits = max_queue = 0; }
  program::LinkActivity activity(program::Picoseconds clock_ps) const {
    return {from, to, packets, flits, flits * clock_ps, max_queue};
  }
};

}  // namespace phasecore::chip
