// Where a core's time goes: busy, idle, stalled by cause (the partition described in
// sim/program/activity.hpp).
#pragma once

#include <algorithm>
#include <optional>

#include "sim/chip/snapshot.hpp"
#include "sim/program/activity.hpp"

namespace phasecore::chip {

using program::Picoseconds;

class CoreTime {
 public:
  CoreTime() = default;
  /// `least_gap`: gaps that are shorter are not counted (program::CoreMark).
  explicit CoreTime(Picoseconds least_gap) : least_gap_(least_gap) {}

  /// The core has been in the state last set since then.
  void advance(Picoseconds now);
  /// From the last advance() on: some unit works until `busy_until`, then the core is stalled, or idle.
  void set(Picoseconds busy_until, std::optional<program::Stall> stall);
  /// What has been so far is marked; the state at this moment is set already.
  void mark();

  /// The partition of [0, end], with a mark at the end of the work if there are marks.
  program::CoreActivity close(Picoseconds end);

  /// What the time from last_ on is counted as depends on it.
  void add_to(Snapshot& snapshot) const {
    snapshot.add_time(last_);
    snapshot.add_time(std::max(busy_until_, last_));
    snapshot.add(gap_from_ < 0 ? 1 : gap_from_ - snapshot.now());
    snapshot.add(stall_ ? static_cast<int>(*stall_) : -1);
  }
  /// What has been counted; the marks so far stand in it.
  const program::CoreActivity& sums() const { return sums_; }
  Picoseconds gaps_ps() const { return gaps_ps_; }
  std::int64_t gaps() const { return gaps_; }

  /// 0 idle, 1 busy, 2.. stalled by cause; for traces.
  int state(Picoseconds now) const;

 private:
  program::CoreMark so_far() const { return {last_, sums_.busy_ps, gaps_ps_, gaps_}; }

  program::CoreActivity sums_;
  Picoseconds last_ = 0, busy_until_ = 0;
  Picoseconds least_gap_ = 0, gap_from_ = -1;  ///< -1: there is no gap before the first work
  Picoseconds gaps_ps_ = 0;
  std::int64_t gaps_ = 0;
  std::optional<program::Stall> stall_;
};

}  // namespace phasecore::chip
