// What one direction of one link has carried.
#pragma once

#include <algorithm>

#include "sim/program/activity.hpp"

namespace phasecore::chip {

struct LinkUse {
  explicit LinkUse(const program::Link& l) : link(&l) {}

  const program::Link* link;  ///< of the platform
  std::int64_t packets = 0, flits = 0;
  int max_queue = 0;

  void carry(int packet_flits) {
    ++packets;
    flits += packet_flits;
  }
  void queue(int waiting) { max_queue = std::max(max_queue, waiting); }
  void reset() { packets = flits = max_queue = 0; }
  program::LinkActivity activity() const {
    return {link->from, link->to, packets, flits, flits * link->clock_ps, max_queue};
  }
};

}  // namespace phasecore::chip
