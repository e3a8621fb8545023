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

using Starts = std::vector<Picoseconds>;  // or ends, by firing

class Recursion {
 public:
  Recursion(const program::Program& p, const program::Platform& platform, int images)
      : p_(p),
        images_(images),
        channels_(p.streams.size()),
        tasks_(p.tasks.size()),
        worker_of_(p.tasks.size()),
        transport_(p, platform) {
    out_.tasks.resize(p.tasks.size());
    out_.streams.resize(p.streams.size());
    for (std::size_t i = 0; i < p.streams.size(); ++i) open(static_cast<int>(i));
    for (const program::Conversion& c : p.conversions) channels_[c.stream].conversion = &c;
    for (std::size_t i = 0; i < p.tasks.size(); ++i) plan(static_cast<int>(i));
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
  struct Pending {
    Picoseconds at;       ///< freed then, if it has arrived
    std::int64_t tokens;  ///< tokens of the run below this
  };
  struct Channel {
    const program::Stream* stream = nullptr;
    StreamTimes* times = nullptr;
    const program::Conversion* conversion = nullptr;
    std::deque<Pending> released;  ///< and not there yet
  };
  struct Entrance {
    const program::Input* input;
    Channel* channel;
  };
  struct Exit {
    const program::Output* output;
    Channel* channel;
  };
  /// A visit of a task's firings, which all pass it in their order. Host tasks have one that takes no time.
  struct Step {
    int task = 0, firings_per_image = 0;
    bool last = false;
    bool may_take_longer = false;  ///< than its duration, for how tokens come in
    bool keeps_waits = false;      ///< they are of several kinds
    Picoseconds duration_ps = 0, pipeline_ps = 0;
    std::int64_t registers = 0;          ///< behind the unit
    bool freed_at_start = false;         ///< of the next visit
    const Starts* before = nullptr;      ///< ends of the visit before
    const Starts* next_start = nullptr;  ///< of what comes behind this one
    const Starts* next_end = nullptr;
    VisitTimes* times = nullptr;
    std::vector<Entrance> inputs;  ///< that wait here
    // The first firing whose start here is not known, of the run and of its image. Counted on, as dividing
    // for each takes a quarter of the time.
    std::int64_t firing = 0, image = 0;
    int local = 0;
    void count() {
      ++firing;
      const bool was_last = ++local == firings_per_image;
      image += was_last;
      if (was_last) local = 0;
    }
  };
  struct TaskPlan {
    std::vector<Step> steps;
    std::vector<Exit> outputs;
  };
  /// A firing whose result may lie in a register.
  struct Result {
    const Step* step = nullptr;  ///< null: there was none yet
    std::int64_t firing = 0;
  };
  /// One unit of a core.
  struct Station {
    std::vector<Step*> step_of;  ///< of each task of the core, null: none
    std::int64_t next = 0;       ///< first turn whose start here is not known
    Picoseconds free_at = 0;
    std::int64_t registers = 0;
    std::vector<Result> results;  ///< the last so many as there are registers, in turn; of one task: none
    std::size_t oldest = 0;       ///< of them, which the next one replaces
    bool of_one_task() const { return step_of.size() == 1; }
  };
  /// A core, or a task of the host.
  struct Worker {
    program::Turns turns;
    std::vector<Station> stations;  ///< of a core; those that some task visits
    std::int64_t leaving = 0;       ///< turns whose last visit's start is known
    Picoseconds left_at = 0;        ///< the latest of these
    Picoseconds injected = 0;       ///< end of injection of their packets
  };

  void open(int stream) {
    const program::Stream& s = p_.streams[stream];
    StreamTimes& times = out_.streams[stream];
    const std::size_t tokens = static_cast<std::size_t>(s.tokens) * images_ + s.initial_tokens;
    for (auto* list : {&times.there, &times.arrival, &times.free}) list->reserve(tokens);
    times.there.assign(s.initial_tokens, 0);
    times.arrival.assign(s.initial_tokens, 0);
    channels_[stream].stream = &s;
    channels_[stream].times = &times;
  }

  void plan(int task) {
    const program::Task& t = p_.tasks[task];
    const std::size_t firings = static_cast<std::size_t>(t.firings) * images_;
    TaskTimes& times = out_.tasks[task];
    TaskPlan& plan = tasks_[task];
    times.visits.resize(t.steps());
    plan.steps.resize(t.steps());
    for (const program::Input& in : t.inputs)
      plan.steps[in.visit].inputs.push_back({&in, &channels_[in.stream]});
    for (const program::Output& out : t.outputs) plan.outputs.push_back({&out, &channels_[out.stream]});
    for (int v = 0; v < t.steps(); ++v) {
      VisitTimes& visit = times.visits[v];
      visit.start.reserve(firings);
      visit.end.reserve(firings);
      Step& step = plan.steps[v];
      step.task = task;
      step.firings_per_image = t.firings;
      step.times = &visit;
      step.last = v + 1 == t.steps();
      if (t.core == kHost) continue;
      step.keeps_waits = step.last;
      for (const Entrance& in : step.inputs) {
        step.may_take_longer |= in.channel->stream->streaming || in.channel->conversion != nullptr;
        step.keeps_waits |= in.channel->stream->partial_sum;
      }
      if (step.keeps_waits) visit.waits.reserve(firings);
      step.duration_ps = t.visits[v].duration_ps;
      step.pipeline_ps = t.visits[v].pipeline_ps;
      step.registers = t.visits[v].registers;
      step.freed_at_start = t.visits[v].frees == program::Frees::AtStart;
      if (v > 0) step.before = &times.visits[v - 1].end;
      step.next_start = step.last ? &times.injected : &times.visits[v + 1].start;
      step.next_end = step.last ? &times.injected : &times.visits[v + 1].end;
    }
    if (t.core != kHost) times.injected.reserve(firings);
    std::size_t packets = 0;
    for (const Exit& out : plan.outputs)
      packets += static_cast<std::size_t>(out.channel->stream->tokens) * images_;
    times.inject_start.reserve(packets);
    times.inject_end.reserve(packets);
    times.inject_stream.reserve(packets);
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

  void equip(Worker& worker, int unit) {
    Station station;
    for (const int task : worker.turns.tasks()) {
      station.step_of.push_back(nullptr);
      const auto& visits = p_.tasks[task].visits;
      for (std::size_t v = 0; v < visits.size(); ++v) {
        if (visits[v].unit != unit) continue;
        station.step_of.back() = &tasks_[task].steps[v];
        station.registers = std::max<std::int64_t>(station.registers, visits[v].registers);
      }
    }
    if (station.registers == 0) return;
    if (!station.of_one_task()) station.results.resize(station.registers);
    worker.stations.push_back(std::move(station));
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

  /// Raises `start` to the time of that firing; false if it is not known yet.
  static bool await(const Starts& times, std::int64_t firing, Picoseconds& start) {
    if (static_cast<std::int64_t>(times.size()) <= firing) return false;
    start = std::max(start, times[firing]);
    return true;
  }

  /// Latest arrival of what a firing needs for one visit, partial sums apart; false if not known yet.
  static bool needs(const Step& step, Waits& waits) {
    for (const Entrance& in : step.inputs) {
      const std::int32_t need = in.input->need[step.local];
      if (need == 0) continue;
      const program::Stream& stream = *in.channel->stream;
      Picoseconds& latest = stream.partial_sum ? waits.partial_sum : waits.input;
      if (!await(in.channel->times->there, step.image * stream.tokens + need - 1, latest)) return false;
    }
    return true;
  }

  static void release(const Step& step, Picoseconds at) {
    for (const Entrance& in : step.inputs) {
      Channel& channel = *in.channel;
      const Pending released{at, step.image * channel.stream->tokens + in.input->release[step.local]};
      if (!channel.released.empty() || !free(released, *channel.times)) channel.released.push_back(released);
    }
  }

  /// T10: frees what is both released and there (a token nobody needed is freed as it arrives).
  static void settle(Channel& channel) {
    while (!channel.released.empty() && free(channel.released.front(), *channel.times))
      channel.released.pop_front();
  }

  /// False: not all are there yet.
  static bool free(const Pending& released, StreamTimes& times) {
    while (static_cast<std::int64_t>(times.free.size()) < released.tokens) {
      if (times.free.size() >= times.arrival.size()) return false;
      times.free.push_back(std::max(released.at, times.arrival[times.free.size()]));
    }
    return true;
  }

  /// T11: when every stream that emits has a credit; false if not known yet.
  bool credits(const Step& step, Picoseconds& latest) const {
    for (const Exit& out : tasks_[step.task].outputs) {
      if (!emits(*out.output, step.local)) continue;
      const program::Stream& stream = *out.channel->stream;
      const StreamTimes& times = *out.channel->times;
      const std::int64_t place = static_cast<std::int64_t>(times.arrival.size()) - stream.capacity;
      if (place < 0) continue;
      if (static_cast<std::int64_t>(times.free.size()) <= place) return false;
      latest = std::max(latest, times.free[place] + stream.credit_ps);
    }
    return true;
  }

  /// The visit that comes next to a unit; null if there are no more.
  static Step* upcoming(Worker& worker, Station& station) {
    if (station.of_one_task()) return station.next < worker.turns.total() ? station.step_of[0] : nullptr;
    for (; station.next < worker.turns.total(); ++station.next)
      if (Step* step = station.step_of[worker.turns.at(station.next).member]) return step;
    return nullptr;
  }

  /// T3 to T7: the start of the next visit of a unit, and its end.
  bool visit(Worker& worker, Station& station) {
    Step* const next = upcoming(worker, station);
    if (next == nullptr) return false;
    Step& step = *next;
    Picoseconds start = station.free_at;
    if (step.before != nullptr && !await(*step.before, step.firing, start)) return false;
    if (step.last && worker.leaving != station.next) return false;
    if (!has_register(station, step, start)) return false;
    Waits waits;
    if (!needs(step, waits) || (step.last && !credits(step, waits.credit))) return false;
    start = std::max({start, waits.input, waits.partial_sum, waits.credit});
    if (step.last) start = std::max(start, worker.left_at);
    const Picoseconds end = step.may_take_longer ? late_end(step, start) : start + step.duration_ps;
    step.times->start.push_back(start);
    step.times->end.push_back(end);
    if (step.keeps_waits) step.times->waits.push_back(waits);
    station.free_at = end;
    ++station.next;
    if (!station.of_one_task()) keep(station, step);
    release(step, end);
    if (step.last) leave(worker, step, start, end);
    step.count();
    return true;
  }

  /// T5: raises `start` to when a register is free; false if that is not known yet.
  static bool has_register(const Station& station, const Step& step, Picoseconds& start) {
    Result result{&step, step.firing - step.registers};
    if (!station.of_one_task()) {
      const std::int64_t at = static_cast<std::int64_t>(station.oldest) - step.registers;
      result = station.results[at < 0 ? at + station.registers : at];
      if (result.step == nullptr) return true;
    }
    return result.firing < 0 || await(step.freed_at_start ? *result.step->next_start : *result.step->next_end,
                                      result.firing, start);
  }

  static void keep(Station& station, const Step& step) {
    station.results[station.oldest] = {&step, step.firing};
    if (++station.oldest == station.results.size()) station.oldest = 0;
  }

  /// The end of a visit that takes longer for tokens that came in another order than they are read in (T23),
  /// or streams in and ends with the tails (T4).
  static Picoseconds late_end(const Step& step, Picoseconds start) {
    Picoseconds end = start + step.duration_ps;
    for (const Entrance& in : step.inputs)
      if (in.channel->conversion != nullptr) end += program::fetching_ps(*in.channel->conversion, step.local);
    for (const Entrance& in : step.inputs) {
      const program::Stream& stream = *in.channel->stream;
      const std::int32_t need = in.input->need[step.local];
      if (!stream.streaming || need == 0) continue;
      const std::int64_t token = step.image * stream.tokens + need - 1;
      end = std::max(end, in.channel->times->arrival[token] + step.pipeline_ps);
    }
    return end;
  }

  /// T8, T12: the packets of a firing whose last visit lasts from `start` to `end`.
  void leave(Worker& worker, const Step& step, Picoseconds start, Picoseconds end) {
    ++worker.leaving;
    worker.left_at = start;
    worker.injected = std::max(worker.injected, end);
    for (const Exit& out : tasks_[step.task].outputs)
      if (emits(*out.output, step.local))
        worker.injected = std::max(worker.injected, send(step.task, out, start + step.pipeline_ps, end));
    out_.tasks[step.task].injected.push_back(worker.injected);
  }

  /// T9: a task of the host.
  bool fire(Worker& worker) {
    const int task = worker.turns.tasks()[0];
    Step& step = tasks_[task].steps[0];
    if (step.firing == worker.turns.total()) return false;
    Waits waits;
    if (!needs(step, waits) || !credits(step, waits.credit)) return false;
    const Picoseconds at = std::max({waits.input, waits.partial_sum, waits.credit, worker.left_at});
    worker.left_at = at;
    step.times->start.push_back(at);
    step.times->end.push_back(at);
    release(step, at);
    for (const Exit& out : tasks_[task].outputs)
      if (emits(*out.output, step.local)) send(task, out, at, at);
    step.count();
    return true;
  }

  /// One packet through the task's port. Returns the end of its injection.
  Picoseconds send(int task, const Exit& out, Picoseconds early, Picoseconds complete) {
    const int stream = out.output->stream;
    const Passage passage = transport_.send(stream, early, complete);
    if (passage.packet) {
      auto& log = out_.tasks[task];
      log.inject_start.push_back(passage.start);
      log.inject_end.push_back(passage.end);
      log.inject_stream.push_back(stream);
    }
    out.channel->times->there.push_back(passage.there);
    out.channel->times->arrival.push_back(passage.last_flit);
    settle(*out.channel);
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
  std::vector<Channel> channels_;  ///< of each stream
  std::vector<TaskPlan> tasks_;
  std::vector<int> worker_of_;  ///< of each task
  std::vector<Worker> workers_;
  Transport transport_;
};

}  // namespace

Times recursion(const program::Program& program, const program::Platform& platform, int images) {
  return Recursion(program, platform, images).run();
}

}  // namespace phasecore::analytic
