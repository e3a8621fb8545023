// A unit of a core: one visit at a time, in the order of the core's turns.
#pragma once

#include <optional>

#include "sim/chip/injection_port.hpp"
#include "sim/program/turns.hpp"

namespace phasecore::chip {

class Unit;

/// What the units of a core hand each other.
struct CoreWork {
  std::vector<Firings> tasks;  ///< as turns.tasks()
  program::Turns turns;
  std::int64_t leaving = 0;  ///< turns whose last visit has started
  std::vector<std::unique_ptr<Unit>> units;

  Firings& of(const program::Turn& turn) { return tasks[turn.member]; }
};

/// Knows no unit by name: what it does is in the visits of the tasks. Numbers in comments are rules of
/// docs/model/timing.md. Its process is the core's.
class Unit : public sc_core::sc_module {
 public:
  Unit(const sc_core::sc_module_name& name, Machine& core, InjectionPort& port, CoreWork& work, int index);
  void reset();

  /// Ends and starts what can end and start now; true if anything did.
  bool step(Picoseconds now) { return working_ ? finish(now) : start(now); }

  /// Has the firing in this turn, which comes by here, started or ended?
  bool started(std::int64_t turn) const { return next_ > turn; }
  bool ended(std::int64_t turn) const { return (working_ ? turn_ : next_) > turn; }

  /// Why the oldest unfinished firing, which is next here, does not start.
  std::optional<program::Stall> waits_for(std::int64_t turn, Picoseconds now);

  Picoseconds busy_until() const { return working_ ? end_ : 0; }

 private:
  /// A result that may still lie in a register behind the unit.
  struct Result {
    std::int64_t turn = 0;
    int next = 0;  ///< unit, -1: the injection port
  };

  bool start(Picoseconds now);
  bool finish(Picoseconds now);
  bool find_next();
  bool has_register(const program::Visit& visit);
  void keep_result(const Firings& firings, int visit);
  void leave(Firings& firings, std::int64_t firing, Picoseconds now);
  void end_firing(Firings& firings, std::int64_t firing, Picoseconds now);
  bool has_credits(const Firings& firings, std::int64_t firing, Picoseconds now);
  std::optional<program::Stall> missing_token(const Firings& firings, int visit, std::int64_t firing);
  void set_end(const Firings& firings, const program::Turn& turn, Picoseconds now);

  Machine& core_;
  InjectionPort& port_;
  CoreWork& work_;
  const int index_;
  bool used_ = false;  ///< some task comes by
  bool working_ = false;
  std::int64_t next_ = 0, turn_ = 0;  ///< the first turn that has not started here; the one at work
  Picoseconds start_ = 0, end_ = 0;
  std::size_t registers_ = 0;  ///< most behind any visit here
  Ring<Result> results_;       ///< the last so many
  std::size_t missing_ = 0;    ///< input that lacked a token, last
  std::size_t full_ = 0;       ///< output without a credit, last
};

}  // namespace phasecore::chip
