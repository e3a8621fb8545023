#include "sim/analytic/recursion.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "common/diagnostics.hpp"
#include "sim/analytic/transport.hpp"
#include "sim/program/token_order.hpp"
#include "sim/program/turns.hpp"

namespace phasecore::analytic {
namespace {

using program::emits;
using program::kHost;
using program::Turn;
using program::Visit;

class Recursion {
 public:
  Recursion(const program::Program& p, const program::Platform& platform, int images)
      : p_(p),
        images_(images),
        worker_of_(p.tasks.size()),
        transport_(p, platform),
        released_(p.streams.size()) {
    out_.tasks.resize(p.tasks.size());
    out_.streams.resize(p.streams.size());
    for (std::size_t i = 0; i < p.streams.size(); ++i) {
      const std::size_t tokens = static_cast<std::size_t>(p.streams[i].tokens) * images;
      out_.streams[i].there.reserve(tokens);
      out_.streams[i].arrival.reserve(tokens);
      out_.streams[i].free.reserve(tokens);
      out_.streams[i].there.assign(p.streams[i].initial_tokens, 0);
      out_.streams[i].arrival.assign(p.streams[i].initial_tokens, 0);
    }
    for (std::size_t i = 0; i < p.tasks.size(); ++i) reserve(static_cast<int>(i));
    for (const program::Task& task : p.tasks) {
      inputs_.emplace_back(task.steps());
      for (const program::Input& in : task.inputs) inputs_.back()[in.visit].push_back(&in);
    }
    for (const program::Conversion& c : p.conversions) conversions_[c.stream] = &c;
    hire(platform);
  }

  Times run() {
    std::deque<int> ready;
    std::vector<char> queued(workers_.size(), 1);
    for (std::size_t i = 0; i < workers_.size(); ++i) ready.push_back(static_cast<int>(i));
    while (!ready.empty()) {
      const int worker = ready.front();
      ready.pop_front();
      queued[worker] = 0;
      if (!advance(workers_[worker])) continue;
      const auto wake = [&](int task) {
        const int other = worker_of_[task];
        if (!queued[other]) ready.push_back(other);
        queued[other] = 1;
      };
      for (const int task : workers_[worker].turns.tasks()) {
        for (const auto& in : p_.tasks[task].inputs) wake(p_.streams[in.stream].from);
        for (const auto& out : p_.tasks[task].outputs) wake(p_.streams[out.stream].to);
      }
    }
    require_complete();
    return std::move(out_);
  }

 private:
  /// A firing of a task, of the run and of its image. Counted on, as dividing for each takes a quarter of the
  /// time.
  struct Firing {
    int task = 0;
    std::int64_t number = 0, image = 0;
    int local = 0;
    void count(const program::Task& t) {
      ++number;
      const bool was_last = ++local == t.firings;
      image += was_last;
      if (was_last) local = 0;
    }
  };
  /// A firing whose result may lie in a register.
  struct Result {
    Turn turn;
    int visit = -1;  ///< -1: there was none yet
  };
  /// One unit of a core.
  struct Station {
    std::vector<int> visit_of;      ///< of each task of the core, -1: none
    std::vector<Firing> firing_of;  ///< of each task of the core, the next
    std::int64_t next = 0;          ///< first turn whose start here is not known
    Picoseconds free_at = 0;
    std::size_t registers = 0;
    std::vector<Result> results;  ///< the last so many as there are registers, in turn
    std::size_t oldest = 0;       ///< of them, which the next one replaces
  };
  /// A core, or a task of the host.
  struct Worker {
    program::Turns turns;
    std::vector<Station> stations;  ///< of a core; those that some task visits
    std::int64_t leaving = 0;       ///< turns whose last visit's start is known
    Picoseconds left_at = 0;        ///< the latest of these
    Picoseconds injected = 0;       ///< end of injection of their packets
  };
  struct Pending {
    Picoseconds at;       ///< freed then, if it has arrived
    std::int64_t tokens;  ///< tokens of the run below this
  };

  void reserve(int task) {
    const auto& t = p_.tasks[task];
    const std::size_t firings = static_cast<std::size_t>(t.firings) * images_;
    auto& times = out_.tasks[task];
    times.visits.resize(t.steps());
    for (auto& visit : times.visits) {
      visit.start.reserve(firings);
      visit.end.reserve(firings);
    }
    if (t.core == kHost) return;
    times.injected.reserve(firings);
    times.visits.back().waits.reserve(firings);
  }

  void hire(const program::Platform& platform) {
    std::map<int, std::vector<int>> on_core;
    for (int i = 0; i < static_cast<int>(p_.tasks.size()); ++i) {
      if (p_.tasks[i].core != kHost) {
        on_core[p_.tasks[i].core].push_back(i);
        continue;
      }
      worker_of_[i] = static_cast<int>(workers_.size());
      workers_.push_back({program::Turns(p_, {i}, images_), {}, 0, 0, 0});
    }
    for (const auto& [core, tasks] : on_core) {
      for (const int task : tasks) worker_of_[task] = static_cast<int>(workers_.size());
      Worker& worker = workers_.emplace_back();
      worker.turns = program::Turns(p_, tasks, images_);
      for (int unit = 0; unit < static_cast<int>(platform.units.size()); ++unit) equip(worker, unit);
    }
  }

  void equip(Worker& worker, int unit) const {
    Station station;
    for (const int task : worker.turns.tasks()) {
      station.visit_of.push_back(-1);
      station.firing_of.emplace_back().task = task;
      const auto& visits = p_.tasks[task].visits;
      for (int v = 0; v < static_cast<int>(visits.size()); ++v) {
        if (visits[v].unit != unit) continue;
        station.visit_of.back() = v;
        station.registers = std::max<std::size_t>(station.registers, visits[v].registers);
      }
    }
    station.results.resize(station.registers);
    if (station.registers > 0) worker.stations.push_back(std::move(station));
  }

  /// As many visits as the known times allow. False: none.
  bool advance(Worker& worker) {
    bool any = false;
    for (bool moved = true; moved; any = any || moved) {
      moved = false;
      if (worker.stations.empty()) moved = fire(worker);
      for (Station& station : worker.stations) moved = visit(worker, station) || moved;
    }
    return any;
  }

  /// Latest arrival of what a firing needs for one visit, partial sums apart; false if not known yet.
  bool needs(const Firing& firing, int visit, Waits& waits) const {
    for (const program::Input* in : inputs_[firing.task][visit]) {
      if (in->need[firing.local] == 0) continue;
      const auto& stream = p_.streams[in->stream];
      const auto& there = out_.streams[in->stream].there;
      const std::int64_t needed = firing.image * stream.tokens + in->need[firing.local];
      if (static_cast<std::int64_t>(there.size()) < needed) return false;
      Picoseconds& latest = stream.partial_sum ? waits.partial_sum : waits.input;
      latest = std::max(latest, there[needed - 1]);
    }
    return true;
  }

  void release(const Firing& firing, int visit, Picoseconds at) {
    for (const program::Input* in : inputs_[firing.task][visit]) {
      released_[in->stream].push_back(
          {at, firing.image * p_.streams[in->stream].tokens + in->release[firing.local]});
      settle(in->stream);
    }
  }

  /// T10: frees what is both released and there (a token nobody needed is freed as it arrives).
  void settle(int stream) {
    auto& pending = released_[stream];
    auto& times = out_.streams[stream];
    while (!pending.empty()) {
      while (static_cast<std::int64_t>(times.free.size()) < pending.front().tokens) {
        if (times.free.size() >= times.arrival.size()) return;
        times.free.push_back(std::max(pending.front().at, times.arrival[times.free.size()]));
      }
      pending.pop_front();
    }
  }

  /// T11: when every stream that emits has a credit; false if not known yet.
  bool credits(const Firing& firing, Picoseconds& latest) const {
    for (const auto& out : p_.tasks[firing.task].outputs) {
      if (!emits(out, firing.local)) continue;
      const auto& stream = p_.streams[out.stream];
      const auto& times = out_.streams[out.stream];
      const std::int64_t place = static_cast<std::int64_t>(times.arrival.size()) - stream.capacity;
      if (place < 0) continue;
      if (static_cast<std::int64_t>(times.free.size()) <= place) return false;
      latest = std::max(latest, times.free[place] + stream.credit_ps);
    }
    return true;
  }

  /// T3 to T7: the start of the next visit of a unit, and its end.
  bool visit(Worker& worker, Station& station) {
    while (station.next < worker.turns.total() && station.visit_of[worker.turns.at(station.next).member] < 0)
      ++station.next;
    if (station.next == worker.turns.total()) return false;
    const Turn turn = worker.turns.at(station.next);
    const int task = worker.turns.tasks()[turn.member], v = station.visit_of[turn.member];
    const Visit& visit = p_.tasks[task].visits[v];
    TaskTimes& times = out_.tasks[task];
    const bool last = v + 1 == p_.tasks[task].steps();
    Picoseconds start = station.free_at;
    if (v > 0) {
      const auto& before = times.visits[v - 1].end;
      if (static_cast<std::int64_t>(before.size()) <= turn.firing) return false;
      start = std::max(start, before[turn.firing]);
    }
    if (last && worker.leaving != station.next) return false;
    if (last) start = std::max(start, worker.left_at);
    Waits waits;
    if (!has_register(worker, station, visit, start)) return false;
    Firing& next = station.firing_of[turn.member];
    const Firing firing = next;
    if (!needs(firing, v, waits) || (last && !credits(firing, waits.credit))) return false;
    start = std::max({start, waits.input, waits.partial_sum, waits.credit});
    const Picoseconds end = end_of(firing, v, start);
    times.visits[v].start.push_back(start);
    times.visits[v].end.push_back(end);
    if (last || !inputs_[task][v].empty()) times.visits[v].waits.push_back(waits);
    station.free_at = end;
    keep(station, turn, v);
    next.count(p_.tasks[task]);
    ++station.next;
    release(firing, v, end);
    if (last) leave(worker, firing, start, end);
    return true;
  }

  /// T5: raises `start` to when a register is free; false if that is not known yet.
  bool has_register(const Worker& worker, const Station& station, const Visit& visit,
                    Picoseconds& start) const {
    const auto registers = static_cast<std::size_t>(visit.registers);
    const std::size_t back = station.oldest + (station.oldest < registers ? station.registers : 0);
    const Result& result = station.results[back - registers];
    if (result.visit < 0) return true;
    const int task = worker.turns.tasks()[result.turn.member];
    const TaskTimes& times = out_.tasks[task];
    const bool next_is_port = result.visit + 1 == p_.tasks[task].steps();
    const auto& freed = next_is_port                             ? times.injected
                        : visit.frees == program::Frees::AtStart ? times.visits[result.visit + 1].start
                                                                 : times.visits[result.visit + 1].end;
    if (static_cast<std::int64_t>(freed.size()) <= result.turn.firing) return false;
    start = std::max(start, freed[result.turn.firing]);
    return true;
  }

  static void keep(Station& station, const Turn& turn, int visit) {
    Result& result =
        station.results[station.oldest];  // written part by part: a copy would wait for its parts
    result.turn.member = turn.member;
    result.turn.firing = turn.firing;
    result.visit = visit;
    station.oldest = station.oldest + 1 < station.registers ? station.oldest + 1 : 0;
  }

  /// T23: for tokens that came in another order than they are read in.
  Picoseconds fetching(const Firing& firing, int v) const {
    Picoseconds time = 0;
    if (conversions_.empty()) return time;
    for (const program::Input* in : inputs_[firing.task][v])
      if (const auto found = conversions_.find(in->stream); found != conversions_.end())
        time += program::fetching_ps(*found->second, firing.local);
    return time;
  }

  /// T4: a visit that streams in ends with the tails.
  Picoseconds end_of(const Firing& firing, int v, Picoseconds start) const {
    const Visit& visit = p_.tasks[firing.task].visits[v];
    Picoseconds end = start + visit.duration_ps + fetching(firing, v);
    for (const program::Input* in : inputs_[firing.task][v]) {
      const auto& stream = p_.streams[in->stream];
      if (!stream.streaming || in->need[firing.local] == 0) continue;
      const std::int64_t token = firing.image * stream.tokens + in->need[firing.local] - 1;
      end = std::max(end, out_.streams[in->stream].arrival[token] + visit.pipeline_ps);
    }
    return end;
  }

  /// T8, T12: the packets of a firing whose last visit lasts from `start` to `end`.
  void leave(Worker& worker, const Firing& firing, Picoseconds start, Picoseconds end) {
    const auto& t = p_.tasks[firing.task];
    ++worker.leaving;
    worker.left_at = start;
    worker.injected = std::max(worker.injected, end);
    for (const auto& out : t.outputs)
      if (emits(out, firing.local))
        worker.injected = std::max(worker.injected,
                                   send(firing.task, out.stream, start + t.visits.back().pipeline_ps, end));
    out_.tasks[firing.task].injected.push_back(worker.injected);
  }

  /// T9: a task of the host.
  bool fire(Worker& worker) {
    const int task = worker.turns.tasks()[0];
    const auto& t = p_.tasks[task];
    VisitTimes& times = out_.tasks[task].visits[0];
    const auto g = static_cast<std::int64_t>(times.end.size());
    if (g == worker.turns.total()) return false;
    Waits waits;
    const Firing firing{task, g, g / t.firings, static_cast<int>(g % t.firings)};
    if (!needs(firing, 0, waits) || !credits(firing, waits.credit)) return false;
    const Picoseconds at =
        std::max({waits.input, waits.partial_sum, waits.credit, g == 0 ? 0 : times.end[g - 1]});
    times.start.push_back(at);
    times.end.push_back(at);
    release(firing, 0, at);
    for (const auto& out : t.outputs)
      if (emits(out, firing.local)) send(task, out.stream, at, at);
    return true;
  }

  /// One packet through the task's port. Returns the end of its injection.
  Picoseconds send(int task, int stream, Picoseconds early, Picoseconds complete) {
    const Passage passage = transport_.send(stream, early, complete);
    if (passage.packet) {
      auto& log = out_.tasks[task];
      log.inject_start.push_back(passage.start);
      log.inject_end.push_back(passage.end);
      log.inject_stream.push_back(stream);
    }
    out_.streams[stream].there.push_back(passage.there);
    out_.streams[stream].arrival.push_back(passage.last_flit);
    settle(stream);
    return passage.end;
  }

  void require_complete() const {
    std::string who;
    for (std::size_t i = 0; i < p_.tasks.size(); ++i) {
      const std::int64_t total = std::int64_t{p_.tasks[i].firings} * images_;
      const auto ended = static_cast<std::int64_t>(out_.tasks[i].ends().size());
      if (ended < total)
        who += "; task " + std::to_string(i) + " (" + p_.layers[p_.tasks[i].layer] + ") ended " +
               std::to_string(ended) + " of " + std::to_string(total) + " firings";
    }
    common::ensure(who.empty(), "the program cannot finish (" + std::to_string(images_) + " images)" + who);
  }

  const program::Program& p_;
  int images_;
  Times out_;
  std::vector<int> worker_of_;                                           ///< of each task
  std::vector<std::vector<std::vector<const program::Input*>>> inputs_;  ///< of each task by visit
  std::vector<Worker> workers_;
  Transport transport_;
  std::map<int, const program::Conversion*> conversions_;  ///< by stream
  std::vector<std::deque<Pending>> released_;
};

}  // namespace

Times recursion(const program::Program& program, const program::Platform& platform, int images) {
  return Recursion(program, platform, images).run();
}

}  // namespace phasecore::analytic
