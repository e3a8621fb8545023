#include "sim/chip/machine.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"
#include "sim/chip/kernel.hpp"

namespace phasecore::chip {

Machine::Machine(const sc_core::sc_module_name& name, RunState& run)
    : sc_module(name), run_(run), wake_("wake") {
  SC_HAS_PROCESS(Machine);
  SC_METHOD(run_again);
  sensitive << wake_;
  dont_initialize();
}

void Machine::wake_at(Picoseconds time) {
  const Picoseconds present = now();
  if (time < present)
    throw common::InternalError(std::string(name()) + " would wake in the past: " + std::to_string(time) +
                                " ps at " + std::to_string(present) + " ps");
  if (time > present) {
    const auto at = std::lower_bound(agenda_.begin(), agenda_.end(), time, std::greater<>());
    if (at != agenda_.end() && *at == time) return;
    agenda_.insert(at, time);
    run_.alarm().set(run_.kernel_time_of(time), *this);
  } else {
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
}

void Machine::reset_machine() {
  wake_.cancel();
  agenda_.clear();
}

void Machine::add_to(Snapshot& snapshot) const {
  snapshot.add_size(agenda_.size());
  for (const Picoseconds time : agenda_) snapshot.add_time(time);
}

void Machine::run_again() {
  run_.look_at_clock();
  activate();
}

void Machine::activate() {
  if (run_.failed()) return;
  // An exception that crosses the kernel loses its type, so it is kept aside and the kernel is paused:
  // sc_stop() would forbid the next run.
  try {
    const Picoseconds present = run_.begin_activation();
    while (!agenda_.empty() && agenda_.back() <= present) agenda_.pop_back();
    step(present);
  } catch (...) {
    run_.fail(std::current_exception());
    sc_core::sc_pause();
  }
}

}  // namespace phasecore::chip
