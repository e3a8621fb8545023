// A unit of a core: one visit at a time, in the order of the core's turns.
#pragma once

#include <optional>

#include "sim/chip/injection_port.hpp"
#include "sim/program/turns.hpp"

namespace phasecore::chip {

class Unit;

/// What the units of a core hand each other while it has tasks.
struct CoreWork {
  Machine& core;
  const std::vector<std::unique_ptr<Unit>>& units;
  InjectionPort port;
  program::Turns turns;
  std::vector<Firings> tasks = {};  ///< as turns.tasks()
  std::int64_t turns_of_image = 0;
  std::int64_t leaving = 0;  ///< turns whose last visit has started

  Firings& of(const program::Turn& turn) { return tasks[turn.member]; }
};

/// Knows no unit by name: what it does is in the visits of the tasks. Numbers in comments are rules of
/// docs/model/timing.md. Its process is the core's, so in the hierarchy it is an object with a name
/// (core_3.crossbar) and no module of its own, which takes more.
class Unit : public sc_core::sc_object {
 public:
  Unit(const char* name, int index) : sc_object(name), index_(index) {}
  const char* kind() const override { return "unit"; }
  /// For the tasks that the core has now; null: it has none.
  void reset(CoreWork* work);

  /// Ends and starts what can end and start now; true if anything did.
  bool step(Picoseconds now) {
    if (!state_) return false;
    const State& s = *state_;
    if (s.working) return (s.end <= now || s.end == kNever) && finish(now);
    // Most often the firing is still at the unit before.
    if (s.known && s.next.before != nullptr && !s.next.before->ended(s.next.turn)) return false;
    return start(now);
  }

  /// Has the firing in this turn, which comes by here, started or ended?
  bool started(std::int64_t turn) const { return state_->next.turn > turn; }
  bool ended(std::int64_t turn) const {
    return (state_->working ? state_->now.turn : state_->next.turn) > turn;
  }

  /// Why the oldest unfinished firing, which is next here, does not start.
  std::optional<program::Stall> waits_for(Picoseconds now);

  void add_to(Snapshot& snapshot) const;
  /// The first turn that has not started here.
  std::int64_t next_turn() const { return state_ ? state_->next.turn : 0; }

  Picoseconds busy_until() const { return state_ && state_->working ? state_->end : 0; }

 private:
  /// A visit to come, or at work.
  struct Job {
    std::int64_t turn = 0, firing = 0;
    Moment at;
    Firings* firings = nullptr;
    const Unit* before = nullptr;  ///< where the firing's visit before is
    int index = 0;                 ///< of the visit
    bool last = false;
    const program::Visit& visit() const { return firings->task->visits[index]; }
  };
  /// A result that may still lie in a register behind the unit.
  struct Result {
    std::int64_t turn = 0;
    const Unit* next = nullptr;  ///< null: the injection port
  };
  /// Cores without work have none.
  struct State {
    explicit State(CoreWork& w) : work(w) {}
    CoreWork& work;
    bool working = false;
    bool known = false;  ///< `next` is; else only its turn, from which on it is to be found
    Job next, now;
    Picoseconds start = 0, end = 0;
    std::size_t registers = 0;  ///< most behind any visit here
    Ring<Result> results;       ///< the last so many
    std::size_t missing = 0;    ///< input that lacked a token, last
    std::size_t full = 0;       ///< output without a credit, last
  };

  bool start(Picoseconds now);
  bool finish(Picoseconds now);
  bool find_next();
  bool has_register(const program::Visit& visit);
  void keep_result(const Job& job);
  void leave(const Job& job, Picoseconds now);
  void end_firing(const Job& job, Picoseconds now);
  void pass_tokens_on(const Job& job, const std::vector<program::Payload>& values);
  bool has_credits(const Job& job, Picoseconds now);
  std::optional<program::Stall> missing_token(const Job& job);
  void set_end(Picoseconds now);

  const int index_;
  std::unique_ptr<State> state_;
};

}  // namespace phasecore::chip
