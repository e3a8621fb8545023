#include "sim/chip/core_time.hpp"

#include <algorithm>

namespace phasecore::chip {

void CoreTime::advance(Picoseconds now) {
  const Picoseconds worked = std::clamp(busy_until_, last_, now);
  sums_.busy_ps += worked - last_;
  if (worked > last_) gap_from_ = worked;
  (stall_ ? sums_.stalled_ps[static_cast<int>(*stall_)] : sums_.idle_ps) += now - worked;
  last_ = now;
}

void CoreTime::set(Picoseconds busy_until, std::optional<program::Stall> stall) {
  busy_until_ = busy_until;
  stall_ = stall;
  if (busy_until <= last_ || gap_from_ < 0) return;
  if (const Picoseconds gap = last_ - gap_from_; gap >= least_gap_) {
    gaps_ps_ += gap;
    ++gaps_;
  }
  gap_from_ = last_;
}

void CoreTime::mark() {
  sums_.marks.push_back(so_far());
  if (gap_from_ < 0) gap_from_ = last_;
}

program::CoreActivity CoreTime::close(Picoseconds end) {
  advance(end);
  program::CoreActivity sums = sums_;
  if (sums.marks.empty()) return sums;
  sums.marks.push_back(so_far());
  sums.marks.back().at_ps = std::max(gap_from_, sums_.marks.back().at_ps);
  return sums;
}

int CoreTime::state(Picoseconds now) const {
  if (busy_until_ > now) return 1;
  return stall_ ? 2 + static_cast<int>(*stall_) : 0;
}

}  // namespace phasecore::chip
