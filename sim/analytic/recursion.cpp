#include "sim/analytic/recursion.hpp"

#include <algorithm>
#include <deque>

#include "common/diagnostics.hpp"
#include "sim/analytic/transport.hpp"

namespace phasecore::analytic {
namespace {

using program::kHost;
using program::Phase;

class Recursion {
 public:
  Recursion(const program::Program& p, const program::Structure& st, int images)
      : p_(p), images_(images), state_(p.tasks.size()), transport_(p, st) {
    out_.tasks.resize(p.tasks.size());
    out_.streams.resize(p.streams.size());
    for (std::size_t i = 0; i < p.streams.size(); ++i) {
      const std::size_t tokens = static_cast<std::size_t>(p.streams[i].tokens) * images;
      out_.streams[i].there.reserve(tokens);
      out_.streams[i].arrival.reserve(tokens);
      out_.streams[i].free.reserve(tokens);
    }
    released_.resize(p.streams.size());
    for (std::size_t i = 0; i < p.tasks.size(); ++i) {
      state_[i].total = static_cast<std::int64_t>(p.tasks[i].firings) * images;
      reserve(out_.tasks[i], p.tasks[i], static_cast<std::size_t>(state_[i].total));
    }
  }

  Times run() {
    std::deque<int> ready;
    std::vector<char> queued(p_.tasks.size(), 1);
    for (std::size_t i = 0; i < p_.tasks.size(); ++i) ready.push_back(static_cast<int>(i));
    while (!ready.empty()) {
      const int task = ready.front();
      ready.pop_front();
      queued[task] = 0;
      if (!advance(task)) continue;
      const auto wake = [&](int other) {
        if (!queued[other]) ready.push_back(other);
        queued[other] = 1;
      };
      for (const auto& in : p_.tasks[task].inputs) wake(p_.streams[in.stream].from);
      for (const auto& out : p_.tasks[task].outputs) wake(p_.streams[out.stream].to);
    }
    require_complete();
    return std::move(out_);
  }

 private:
  static void reserve(TaskTimes& times, const program::Task& task, std::size_t firings) {
    times.digital_start.reserve(firings);
    times.digital_end.reserve(firings);
    if (task.core == kHost) return;
    for (auto* list : {&times.load_start, &times.load_end, &times.mvm_start, &times.mvm_end, &times.injected})
      list->reserve(firings);
    times.waits.reserve(firings);
  }

  struct Pending {
    Picoseconds at;       ///< freed then, if it has arrived
    std::int64_t tokens;  ///< tokens of the run below this
  };
  struct State {
    std::int64_t loads = 0, mvms = 0, digitals = 0, total = 0;
  };

  /// As many steps of a task as the known times allow. False: none.
  bool advance(int task) {
    bool any = false;
    const bool host = p_.tasks[task].core == kHost;
    for (bool moved = true; moved; any = any || moved)
      moved = host ? fire(task) : (load(task) | multiply(task) | digital(task));
    return any;
  }

  /// Whether a firing waits for an input in a phase; host tasks have one phase only.
  bool in_phase(int task, const program::Input& in, Phase phase) const {
    return p_.tasks[task].core == kHost || in.phase == phase;
  }

  /// Latest arrival of what a firing needs in one phase, partial sums apart; false if not known yet.
  bool needs(int task, std::int64_t firing, Phase phase, Waits& waits) const {
    const auto& t = p_.tasks[task];
    const std::int64_t image = firing / t.firings, local = firing % t.firings;
    for (const auto& in : t.inputs) {
      if (!in_phase(task, in, phase) || in.need[local] == 0) continue;
      const auto& stream = p_.streams[in.stream];
      const auto& there = out_.streams[in.stream].there;
      const std::int64_t needed = image * stream.tokens + in.need[local];
      if (static_cast<std::int64_t>(there.size()) < needed) return false;
      Picoseconds& latest = stream.partial_sum && phase == Phase::Digital ? waits.partial_sum : waits.input;
      latest = std::max(latest, there[needed - 1]);
    }
    return true;
  }

  void release(int task, std::int64_t firing, Phase phase, Picoseconds at) {
    const auto& t = p_.tasks[task];
    const std::int64_t image = firing / t.firings, local = firing % t.firings;
    for (const auto& in : t.inputs) {
      if (!in_phase(task, in, phase)) continue;
      released_[in.stream].push_back({at, image * p_.streams[in.stream].tokens + in.release[local]});
      settle(in.stream);
    }
  }

  /// Frees what is both released and there (a token nobody needed is freed as it arrives).
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

  bool emits(const program::Output& out, std::int64_t local) const {
    return out.emits.empty() || out.emits[local];
  }

  /// When every stream that emits has a credit; false if not known yet.
  bool credits(int task, std::int64_t firing, Picoseconds& latest) const {
    const auto& t = p_.tasks[task];
    for (const auto& out : t.outputs) {
      if (!emits(out, firing % t.firings)) continue;
      const auto& stream = p_.streams[out.stream];
      const auto& times = out_.streams[out.stream];
      const std::int64_t place = static_cast<std::int64_t>(times.arrival.size()) - stream.capacity;
      if (place < 0) continue;
      if (static_cast<std::int64_t>(times.free.size()) <= place) return false;
      latest = std::max(latest, times.free[place] + stream.credit_ps);
    }
    return true;
  }

  bool load(int task) {
    const auto& t = p_.tasks[task];
    auto& s = state_[task];
    auto& times = out_.tasks[task];
    const std::int64_t g = s.loads;
    if (g == s.total || g > s.mvms)
      return false;  // the register is double-buffered: mvm_start(g - 1) must be known
    Waits waits;
    if (!needs(task, g, Phase::Load, waits)) return false;
    Picoseconds start = waits.input;
    if (g > 0) start = std::max({start, times.load_end[g - 1], times.mvm_start[g - 1]});
    times.load_start.push_back(start);
    times.load_end.push_back(start + t.load_ps);
    ++s.loads;
    release(task, g, Phase::Load, times.load_end.back());
    return true;
  }

  bool multiply(int task) {
    const auto& t = p_.tasks[task];
    auto& s = state_[task];
    auto& times = out_.tasks[task];
    const std::int64_t g = s.mvms, before = g - (t.overlap ? 2 : 1);
    if (g >= s.loads || before >= s.digitals) return false;
    Picoseconds start = times.load_end[g];
    if (g > 0) start = std::max(start, times.mvm_end[g - 1]);
    if (before >= 0) start = std::max(start, times.digital_end[before]);
    times.mvm_start.push_back(start);
    times.mvm_end.push_back(start + t.mvm_ps);
    ++s.mvms;
    return true;
  }

  bool digital(int task) {
    const auto& t = p_.tasks[task];
    auto& s = state_[task];
    auto& times = out_.tasks[task];
    const std::int64_t g = s.digitals;
    if (g >= s.mvms) return false;
    Picoseconds start = times.mvm_end[g];
    if (g > 0) start = std::max(start, times.digital_end[g - 1]);
    if (g > 1) start = std::max(start, times.injected[g - 2]);
    Waits waits;
    if (!needs(task, g, Phase::Digital, waits) || !credits(task, g, waits.credit)) return false;
    start = std::max({start, waits.input, waits.partial_sum, waits.credit});
    Picoseconds end = start + t.digital_ps;
    for (const auto& in : t.inputs) {
      const auto& stream = p_.streams[in.stream];
      const std::int64_t local = g % t.firings;
      if (!stream.streaming || in.need[local] == 0) continue;
      const std::int64_t token = g / t.firings * stream.tokens + in.need[local] - 1;
      end = std::max(end, out_.streams[in.stream].arrival[token] + t.pipeline_ps);
    }
    times.waits.push_back(waits);
    times.digital_start.push_back(start);
    times.digital_end.push_back(end);
    ++s.digitals;
    release(task, g, Phase::Digital, end);
    Picoseconds injected = end;
    for (const auto& out : t.outputs)
      if (emits(out, g % t.firings))
        injected = std::max(injected, send(task, out.stream, start + t.pipeline_ps, end));
    times.injected.push_back(injected);
    return true;
  }

  bool fire(int task) {
    const auto& t = p_.tasks[task];
    auto& s = state_[task];
    auto& times = out_.tasks[task];
    const std::int64_t g = s.digitals;
    if (g == s.total) return false;
    Waits waits;
    if (!needs(task, g, Phase::Load, waits) || !credits(task, g, waits.credit)) return false;
    const Picoseconds at = std::max({waits.input, waits.credit, g == 0 ? 0 : times.digital_end[g - 1]});
    times.digital_start.push_back(at);
    times.digital_end.push_back(at);
    ++s.digitals;
    release(task, g, Phase::Load, at);
    for (const auto& out : t.outputs)
      if (emits(out, g % t.firings)) send(task, out.stream, at, at);
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
    arrive(stream, passage.there, passage.last_flit);
    return passage.end;
  }

  void arrive(int stream, Picoseconds there, Picoseconds tail) {
    out_.streams[stream].there.push_back(there);
    out_.streams[stream].arrival.push_back(tail);
    settle(stream);
  }

  void require_complete() const {
    std::string who;
    for (std::size_t i = 0; i < state_.size(); ++i)
      if (state_[i].digitals < state_[i].total)
        who += "; task " + std::to_string(i) + " (" + p_.layers[p_.tasks[i].layer] + ") ended " +
               std::to_string(state_[i].digitals) + " of " + std::to_string(state_[i].total) + " firings";
    common::ensure(who.empty(), "the program cannot finish (" + std::to_string(images_) + " images)" + who);
  }

  const program::Program& p_;
  int images_;
  Times out_;
  std::vector<State> state_;
  Transport transport_;
  std::vector<std::deque<Pending>> released_;
};

}  // namespace

Times recursion(const program::Program& program, const program::Structure& structure, int images) {
  return Recursion(program, structure, images).run();
}

}  // namespace phasecore::analytic
