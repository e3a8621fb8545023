// What every hardware module is to the SystemC kernel: one event-driven SC_METHOD that wakes at set times.
#pragma once

#include <systemc>
#include <vector>

#include "sim/chip/run_state.hpp"
#include "sim/chip/snapshot.hpp"

namespace phasecore::chip {

/// A module with one process, which serves what happens within an instant. step() is called when a time set
/// by wake_at() comes; it may be called more often and has to look at its own state. What a step throws ends
/// the run and reaches the caller of Chip::run() unchanged.
class Machine : public sc_core::sc_module {
 public:
  Machine(const sc_core::sc_module_name& name, RunState& run);

  /// Calls step() at `time` (of the run; not in the past). At the present instant: one delta later.
  void wake_at(Picoseconds time);
  Picoseconds now() const { return run_.now(); }
  RunState& run_state() const { return run_; }
  virtual void add_to(Snapshot& snapshot) const;
  /// Runs step() at RunState::now(): the process does within an instant, the alarm at its beginning.
  void activate();

 protected:
  virtual void step(Picoseconds now) = 0;
  /// Forgets all wake-ups of an earlier run.
  void reset_machine();

 private:
  void run_again();  ///< later in an instant

  RunState& run_;
  sc_core::sc_event wake_;           ///< later in this instant
  std::vector<Picoseconds> agenda_;  ///< wake times to come, latest first: each is set at the alarm once
};

}  // namespace phasecore::chip
