#include "sim/chip/core.hpp"

namespace phasecore::chip {

Core::Core(const sc_core::sc_module_name& name, int id, RunState& run)
    : Machine(name, run),
      id_(id),
      load_(*this, firings_),
      crossbar_(*this, firings_),
      port_(*this, id, firings_),
      digital_(*this, firings_, port_),
      inbox_(*this) {}

void Core::reset(const Sinks& sinks) {
  reset_machine();
  firings_ = {};
  load_.reset();
  crossbar_.reset();
  digital_.reset();
  port_.reset(sinks);
  inbox_.reset();
  time_.reset();
  traced_state_ = 0;
}

void Core::assign(int task) {
  RunState& run = run_state();
  firings_.task_id = task;
  firings_.task = &run.program().tasks[task];
  firings_.total = static_cast<std::int64_t>(firings_.task->firings) * run.options().images;
  for (const program::Input& input : firings_.task->inputs)
    firings_.inputs.push_back({&input, &run.channel(input.stream)});
  wake_at(0);
}

void Core::put(const CoreMessage& message, Picoseconds due) {
  const int stream = run_state().packets()[message.packet].stream;
  inbox_.put(message, static_cast<std::uint64_t>(stream) * 4 + static_cast<std::uint64_t>(message.kind), due);
}

void Core::step(Picoseconds now) {
  time_.advance(now);
  receive(now);
  bool changed = true;
  while (changed) {
    changed = port_.step(now);
    changed |= load_.step(now);
    changed |= crossbar_.step(now);
    changed |= digital_.step(now);
  }
  const Picoseconds busy_until = std::max(std::max(load_.busy_until(), crossbar_.busy_until()),
                                          std::max(digital_.busy_until(), port_.busy_until()));
  time_.set(busy_until, stall());
  traced_state_ = time_.state(now);
}

void Core::receive(Picoseconds now) {
  for (const CoreMessage& message : inbox_.take(now)) {
    switch (message.kind) {
      case CoreMessage::Kind::Head:
        run_state().channel(run_state().packets()[message.packet].stream).head_arrives();
        break;
      case CoreMessage::Kind::Packet:
        run_state().deliver(message.packet);
        break;
      case CoreMessage::Kind::Grant:
        break;  // the port asks the network again
    }
  }
}

std::optional<program::Stall> Core::stall() {
  if (!has_task() || firings_.digitals_ended == firings_.total || !firings_.begun(firings_.digitals_ended))
    return std::nullopt;
  return waits_for();
}

std::optional<program::Stall> Core::waits_for() {
  if (firings_.loads_started == firings_.digitals_ended) return program::Stall::Input;
  return digital_.waits_for(now());
}

program::CoreActivity Core::activity(Picoseconds end) {
  program::CoreActivity activity = time_.close(end);
  activity.firings = firings_.digitals_ended;
  return activity;
}

program::TaskActivity Core::task_activity() const {
  return {firings_.digitals_ended, load_.first_start(), digital_.last_end()};
}

bool Core::done() const {
  return firings_.digitals_ended == firings_.total && port_.done(now());
}

}  // namespace phasecore::chip
