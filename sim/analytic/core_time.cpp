#include "sim/analytic/core_time.hpp"

#include <algorithm>
#include <limits>

#include "sim/program/turns.hpp"

namespace phasecore::analytic {
namespace {

using program::Stall;

/// The working times of a core's units, merged in order of their starts.
class WorkingTimes {
 public:
  explicit WorkingTimes(const std::vector<const TaskTimes*>& tasks) {
    for (const TaskTimes* task : tasks) {
      for (const VisitTimes& visit : task->visits) add(visit.start, visit.end);
      add(task->inject_start, task->inject_end);
    }
  }

  /// The next interval; false when there is none.
  bool next(Picoseconds& start, Picoseconds& end) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < heads_.size(); ++i) best = heads_[i] < heads_[best] ? i : best;
    if (heads_.empty() || heads_[best] == kNone) return false;
    start = heads_[best];
    List& list = lists_[best];
    end = *list.end++;
    heads_[best] = ++list.start < list.stop ? *list.start : kNone;
    return true;
  }

 private:
  static constexpr Picoseconds kNone = std::numeric_limits<Picoseconds>::max();
  struct List {
    const Picoseconds *start, *stop, *end;
  };

  void add(const std::vector<Picoseconds>& start, const std::vector<Picoseconds>& end) {
    if (start == end) return;  // none, or visits that take no time
    lists_.push_back({start.data(), start.data() + start.size(), end.data()});
    heads_.push_back(start.front());
  }

  std::vector<List> lists_;
  std::vector<Picoseconds>
      heads_;  ///< of each list the next start: side by side, as all are compared each time
};

class Partition {
 public:
  Partition(const program::Program& p, const std::vector<int>& tasks, const Times& times, int images)
      : p_(p), streams_(times.streams), turns_(p, tasks, images) {
    for (const int task : turns_.tasks()) tasks_.push_back(&times.tasks[task]);
  }

  program::CoreActivity run(Picoseconds end_ps) {
    WorkingTimes work(tasks_);
    Picoseconds now = 0, start = 0, end = 0;
    while (work.next(start, end)) {
      if (end <= now || end == start) continue;  // inside what is counted, or a visit that takes no time
      if (start > now) gap(now, start);
      out_.busy_ps += end - std::max(start, now);
      now = end;
    }
    gap(now, end_ps);
    out_.firings = turns_.total();
    return out_;
  }

 private:
  /// No unit works from a to b, so the oldest unfinished firing is the same all along.
  void gap(Picoseconds a, Picoseconds b) {
    while (oldest_ < turns_.total() && ended(oldest_, a)) ++oldest_;
    turns_.forget(oldest_);
    if (oldest_ == turns_.total()) {
      out_.idle_ps += b - a;
      return;
    }
    const program::Turn turn = turns_.at(oldest_);
    const program::Task& task = p_.tasks[turns_.tasks()[turn.member]];
    const Picoseconds first = std::clamp(first_token(task, turn.firing / task.firings), a, b);
    out_.idle_ps += first - a;
    Picoseconds now = first;
    const auto wait = [&](Picoseconds until, Stall cause) {
      until = std::clamp(until, now, b);
      out_.stalled_ps[static_cast<int>(cause)] += until - now;
      now = until;
    };
    for (const VisitTimes& visit : tasks_[turn.member]->visits) {
      if (visit.waits.empty()) {
        wait(visit.start[turn.firing], Stall::Input);
        continue;
      }
      const Waits& waits = visit.waits[turn.firing];
      wait(waits.input, Stall::Input);
      wait(waits.partial_sum, Stall::PartialSum);
      wait(waits.credit, Stall::Memory);
      wait(visit.start[turn.firing], Stall::Link);
    }
  }

  bool ended(std::int64_t k, Picoseconds by) {
    const program::Turn turn = turns_.at(k);
    return tasks_[turn.member]->ends()[turn.firing] <= by;
  }

  Picoseconds first_token(const program::Task& task, std::int64_t image) const {
    Picoseconds first = std::numeric_limits<Picoseconds>::max();
    for (const auto& in : task.inputs)
      if (p_.streams[in.stream].initial_tokens == 0)
        first = std::min(first, streams_[in.stream].there[image * p_.streams[in.stream].tokens]);
    return first;
  }

  const program::Program& p_;
  const std::vector<StreamTimes>& streams_;
  program::Turns turns_;
  std::vector<const TaskTimes*> tasks_;  ///< as turns_.tasks()
  std::int64_t oldest_ = 0;
  program::CoreActivity out_;
};

}  // namespace

program::CoreActivity core_time(const program::Program& program, const std::vector<int>& tasks,
                                const Times& times, int images, Picoseconds end_ps) {
  return Partition(program, tasks, times, images).run(end_ps);
}

}  // namespace phasecore::analytic
