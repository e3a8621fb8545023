// Where a core's time goes: busy, idle, stalled by cause (the partition described in
// sim/program/activity.hpp).
#pragma once

#include <optional>

#include "sim/program/activity.hpp"

namespace phasecore::chip {

using program::Picoseconds;

class CoreTime {
 public:
  /// The core has been in the state last set since then.
  void advance(Picoseconds now);
  /// From the last advance() on: some unit works until `busy_until`, then the core is stalled, or idle.
  void set(Picoseconds busy_until, std::optional<program::Stall> stall);

  /// The partition of [0, end].
  program::CoreActivity close(Picoseconds end);

  /// 0 idle, 1 busy, 2.. stalled by cause; for traces.
  int state(Picoseconds now) const;

 private:
  program::CoreActivity sums_;
  Picoseconds last_ = 0, busy_until_ = 0;
  std::optional<program::Stall> stall_;
};

}  // namespace phasecore::chip
