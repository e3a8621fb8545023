#include "sim/chip/alarm.hpp"

#include <algorithm>
#include <utility>

#include "sim/chip/kernel.hpp"
#include "sim/chip/machine.hpp"

namespace phasecore::chip {

Alarm::Alarm(const sc_core::sc_module_name& name) : sc_module(name), next_("next"), hand_(*this) {
  SC_HAS_PROCESS(Alarm);
  SC_METHOD(ring);
  sensitive << next_;
  dont_initialize();
}

void Alarm::set(Picoseconds at, Machine& machine) {
  auto time = std::lower_bound(times_.begin(), times_.end(), at,
                               [](const Time& t, Picoseconds wanted) { return t.at > wanted; });
  if (time == times_.end() || time->at != at) {
    const bool earliest = time == times_.end();
    Machines machines;
    if (!spare_.empty()) {
      machines = std::move(spare_.back());
      spare_.pop_back();
    }
    time = times_.insert(time, {at, std::move(machines)});
    if (earliest && !ringing_) hand_.move();
  }
  time->machines.push_back(&machine);
}

void Alarm::reset() {
  next_.cancel();
  told_ = 0;
  times_.clear();
  before_ = nullptr;
}

void Alarm::add_to(Snapshot& snapshot) const {
  snapshot.add_size(times_.size());
  for (const Time& time : times_) {
    // The snapshot's times are of the run, these the kernel's, which have the same distances.
    snapshot.add(time.at - kernel_now());
    snapshot.add_size(time.machines.size());
    for (const Machine* machine : time.machines) snapshot.add(machine);
  }
}

void Alarm::ring() {
  if (before_) std::exchange(before_, nullptr)();
  const Picoseconds now = kernel_now();
  ringing_ = true;
  while (!times_.empty() && times_.back().at <= now) {
    Machines machines = std::move(times_.back().machines);
    times_.pop_back();
    machines.front()->run_state().look_at_clock();
    for (Machine* machine : machines) machine->activate();
    machines.clear();
    spare_.push_back(std::move(machines));
  }
  ringing_ = false;
  told_ = 0;
  tell_kernel();
}

void Alarm::tell_kernel() {
  if (times_.empty() || times_.back().at == told_) return;
  told_ = times_.back().at;
  next_.notify(kernel_time(told_ - kernel_now()));
}

}  // namespace phasecore::chip
