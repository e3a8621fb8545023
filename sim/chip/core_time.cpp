#include "sim/chip/core_time.hpp"

#include <algorithm>

namespace phasecore::chip {

void CoreTime::advance(Picoseconds now) {
  const Picoseconds worked = std::clamp(busy_until_, last_, now);
  sums_.busy_ps += worked - last_;
  (stall_ ? sums_.stalled_ps[static_cast<int>(*stall_)] : sums_.idle_ps) += now - worked;
  last_ = now;
}

void CoreTime::set(Picoseconds busy_until, std::optional<program::Stall> stall) {
  busy_until_ = busy_until;
  stall_ = stall;
}

program::CoreActivity CoreTime::close(Picoseconds end) {
  advance(end);
  return sums_;
}

int CoreTime::state(Picoseconds now) const {
  if (busy_until_ > now) return 1;
  return stall_ ? 2 + static_cast<int>(*stall_) : 0;
}

}  // namespace phasecore::chip
