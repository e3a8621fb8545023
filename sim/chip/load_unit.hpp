// Moves the rows of a firing from the activation memory into the crossbar's double-buffered input register.
#pragma once

#include "sim/chip/firings.hpp"

namespace phasecore::chip {

class LoadUnit {
 public:
  LoadUnit(Machine& core, Firings& firings) : core_(core), firings_(firings) {}
  void reset() { working_ = false, first_start_ = 0; }

  /// Ends and starts what can end and start now; true if anything did.
  bool step(Picoseconds now) {
    if (working_) {
      if (end_ > now) return false;
      working_ = false;
      firings_.release(program::Phase::Load, firings_.loads_ended, now);
      ++firings_.loads_ended;
      return true;
    }
    const std::int64_t firing = firings_.loads_started;
    const bool register_free = firings_.mvms_started >= firing;  // the vector before is being multiplied
    if (firing == firings_.total || !register_free || !firings_.holds(program::Phase::Load, firing))
      return false;
    if (firing == 0) first_start_ = now;
    ++firings_.loads_started;
    working_ = true;
    end_ = now + firings_.task->load_ps;
    if (end_ > now) core_.wake_at(end_);
    return true;
  }

  Picoseconds busy_until() const { return working_ ? end_ : 0; }
  Picoseconds first_start() const { return first_start_; }

 private:
  Machine& core_;
  Firings& firings_;
  bool working_ = false;
  Picoseconds end_ = 0, first_start_ = 0;
};

}  // namespace phasecore::chip
