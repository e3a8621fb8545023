#include "sim/chip/core.hpp"

#include <algorithm>

namespace phasecore::chip {

Core::Core(const sc_core::sc_module_name& name, int id, RunState& run)
    : Machine(name, run), id_(id), work_{*this, port_}, port_(*this, id), inbox_(*this) {
  const auto& names = run.platform().units;
  work_.units.reserve(names.size());
  for (int unit = 0; unit < static_cast<int>(names.size()); ++unit)
    work_.units.push_back(std::make_unique<Unit>(names[unit].c_str(), work_, unit));
}

void Core::reset(const Sinks& sinks) {
  reset_machine();
  work_.tasks.clear();
  work_.turns = {};
  work_.leaving = oldest_ = 0;
  for (auto& unit : work_.units) unit->reset();
  port_.reset(sinks);
  inbox_.reset();
  time_.reset();
  traced_state_ = 0;
}

void Core::assign(const std::vector<int>& tasks) {
  RunState& run = run_state();
  work_.turns = program::Turns(run.program(), tasks, run.options().images);
  for (const int task : work_.turns.tasks()) work_.tasks.emplace_back(run, task);
  for (auto& unit : work_.units) unit->reset();
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
    for (auto& unit : work_.units) changed |= unit->step(now);
  }
  find_oldest();
  time_.set(busy_until(), stall());
  traced_state_ = time_.state(now);
}

Picoseconds Core::busy_until() const {
  Picoseconds until = port_.busy_until();
  for (const auto& unit : work_.units) until = std::max(until, unit->busy_until());
  return until;
}

void Core::find_oldest() {
  if (work_.tasks.size() == 1) {
    oldest_ = work_.tasks[0].ended;
    return;
  }
  const auto ended = [this](std::int64_t turn) {
    const Firings& firings = work_.of(work_.turns.at(turn));
    return work_.units[firings.task->visits.back().unit]->ended(turn);
  };
  while (oldest_ < work_.turns.total() && ended(oldest_)) ++oldest_;
  work_.turns.forget(oldest_);
}

void Core::receive(Picoseconds now) {
  for (const CoreMessage& message : inbox_.take(now)) {
    switch (message.kind) {
      case CoreMessage::Kind::Head:
        run_state().channel(run_state().packets()[message.packet].stream).head_arrives();
        break;
      case CoreMessage::Kind::Packet:
        run_state().deliver(message.packet, id_);
        break;
      case CoreMessage::Kind::Grant:
        break;  // the port asks the network again
    }
  }
}

std::optional<program::Stall> Core::stall() {
  if (oldest_ == work_.turns.total()) return std::nullopt;
  const Firings& firings = work_.of(work_.turns.at(oldest_));
  if (!firings.begun(firings.oldest.image)) return std::nullopt;
  for (const program::Visit& visit : firings.task->visits) {
    Unit& unit = *work_.units[visit.unit];
    if (!unit.started(oldest_)) return unit.waits_for(now());
    if (!unit.ended(oldest_)) return std::nullopt;  // it works
  }
  return std::nullopt;
}

program::CoreActivity Core::activity(Picoseconds end) {
  program::CoreActivity activity = time_.close(end);
  for (const Firings& firings : work_.tasks) activity.firings += firings.ended;
  return activity;
}

program::TaskActivity Core::task_activity(int task) const {
  for (const Firings& firings : work_.tasks)
    if (firings.task_id == task) return {firings.ended, firings.first_start, firings.last_end};
  throw common::InternalError("task " + std::to_string(task) + " is not on this core");
}

bool Core::done() const {
  return oldest_ == work_.turns.total() && port_.done(now());
}

}  // namespace phasecore::chip
