// The crossbar with its bank of ADCs: one multiplication at a time; its results wait in the ADCs' counters.
#pragma once

#include "sim/chip/firings.hpp"

namespace phasecore::chip {

class Crossbar {
 public:
  Crossbar(Machine& core, Firings& firings) : core_(core), firings_(firings) {}
  void reset() { working_ = false; }

  /// Ends and starts what can end and start now; true if anything did.
  bool step(Picoseconds now) {
    if (working_) {
      if (end_ > now) return false;
      working_ = false;
      ++firings_.mvms_ended;
      return true;
    }
    // With overlap the counters are read while the next vector is multiplied, without it they are not free
    // before.
    const std::int64_t firing = firings_.mvms_started;
    const bool counters_free = firings_.digitals_ended >= firing - (firings_.task->overlap ? 1 : 0);
    if (firings_.loads_ended <= firing || !counters_free) return false;
    ++firings_.mvms_started;
    working_ = true;
    end_ = now + firings_.task->mvm_ps;
    if (end_ > now) core_.wake_at(end_);
    return true;
  }

  Picoseconds busy_until() const { return working_ ? end_ : 0; }

 private:
  Machine& core_;
  Firings& firings_;
  bool working_ = false;
  Picoseconds end_ = 0;
};

}  // namespace phasecore::chip
