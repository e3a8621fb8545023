#include "sim/analytic/core_time.hpp"

#include <algorithm>
#include <limits>

namespace phasecore::analytic {
namespace {

using program::Stall;

/// The working times of a core's units, merged in order of their starts.
class WorkingTimes {
 public:
  explicit WorkingTimes(const TaskTimes& t)
      : lists_{{{&t.load_start, &t.load_end},
                {&t.mvm_start, &t.mvm_end},
                {&t.digital_start, &t.digital_end},
                {&t.inject_start, &t.inject_end}}} {}

  /// The next interval; false when there is none.
  bool next(Picoseconds& start, Picoseconds& end) {
    int best = -1;
    for (int i = 0; i < 4; ++i)
      if (at_[i] < lists_[i].start->size() &&
          (best < 0 || (*lists_[i].start)[at_[i]] < (*lists_[best].start)[at_[best]]))
        best = i;
    if (best < 0) return false;
    start = (*lists_[best].start)[at_[best]];
    end = (*lists_[best].end)[at_[best]++];
    return true;
  }

 private:
  struct List {
    const std::vector<Picoseconds>*start, *end;
  };
  std::array<List, 4> lists_;
  std::array<std::size_t, 4> at_{};
};

class Partition {
 public:
  Partition(const program::Program& p, int task, const Times& times)
      : p_(p), task_(p.tasks[task]), times_(times.tasks[task]), streams_(times.streams) {}

  program::CoreActivity run(Picoseconds end_ps) {
    WorkingTimes work(times_);
    Picoseconds now = 0, start = 0, end = 0;
    while (work.next(start, end)) {
      if (end <= now || end == start) continue;  // inside what is counted, or a unit the task does not use
      if (start > now) gap(now, start);
      out_.busy_ps += end - std::max(start, now);
      now = end;
    }
    gap(now, end_ps);
    out_.firings = static_cast<std::int64_t>(times_.digital_end.size());
    return out_;
  }

 private:
  /// No unit works from a to b, so the oldest unfinished firing is the same all along.
  void gap(Picoseconds a, Picoseconds b) {
    while (oldest_ < times_.digital_end.size() && times_.digital_end[oldest_] <= a) ++oldest_;
    if (oldest_ == times_.digital_end.size()) {
      out_.idle_ps += b - a;
      return;
    }
    const Picoseconds first = std::clamp(first_token(oldest_ / task_.firings), a, b);
    out_.idle_ps += first - a;
    Picoseconds now = first;
    const auto wait = [&](Picoseconds until, Stall cause) {
      until = std::clamp(until, now, b);
      out_.stalled_ps[static_cast<int>(cause)] += until - now;
      now = until;
    };
    const Waits& waits = times_.waits[oldest_];
    wait(times_.load_start[oldest_], Stall::Input);
    wait(waits.input, Stall::Input);
    wait(waits.partial_sum, Stall::PartialSum);
    wait(waits.credit, Stall::Memory);
    wait(b, Stall::Link);
  }

  Picoseconds first_token(std::size_t image) const {
    Picoseconds first = std::numeric_limits<Picoseconds>::max();
    for (const auto& in : task_.inputs)
      first = std::min(first, streams_[in.stream].there[image * p_.streams[in.stream].tokens]);
    return first;
  }

  const program::Program& p_;
  const program::Task& task_;
  const TaskTimes& times_;
  const std::vector<StreamTimes>& streams_;
  std::size_t oldest_ = 0;
  program::CoreActivity out_;
};

}  // namespace

program::CoreActivity core_time(const program::Program& program, int task, const Times& times,
                                Picoseconds end_ps) {
  return Partition(program, task, times).run(end_ps);
}

}  // namespace phasecore::analytic
