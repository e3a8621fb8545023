#include "sim/chip/core.hpp"

#include <algorithm>

namespace phasecore::chip {

Core::Core(const sc_core::sc_module_name& name, int id, RunState& run)
    : Machine(name, run), id_(id), inbox_(*this) {
  const auto& names = run.platform().units;
  units_.reserve(names.size());
  for (int unit = 0; unit < static_cast<int>(names.size()); ++unit)
    units_.push_back(std::make_unique<Unit>(names[unit].c_str(), unit));
}

void Core::reset() {
  reset_machine();
  for (auto& unit : units_) unit->reset(nullptr);
  work_.reset();
  inbox_.reset();
  traced_state_ = 0;
}

void Core::assign(const std::vector<int>& tasks, const Sinks& sinks) {
  RunState& run = run_state();
  program::Turns turns(run.program(), tasks, run.options().images);
  work_ = std::make_unique<Work>(Work{{*this, units_, InjectionPort(*this, id_, sinks), std::move(turns)}});
  for (const int task : work_->turns.tasks()) work_->tasks.emplace_back(run, task);
  for (auto& unit : units_) unit->reset(work_.get());
  work_->time = CoreTime(run.platform().least_gap_ps);
  work_->turns_of_image = work_->turns.total() / run.options().images;
  find_next_image();
  wake_at(0);
}

void Core::put(const CoreMessage& message, Picoseconds due) {
  const int stream = run_state().packets()[message.packet].stream;
  inbox_.put(message, static_cast<std::uint64_t>(stream) * 4 + static_cast<std::uint64_t>(message.kind), due);
}

void Core::add_to(Snapshot& snapshot) const {
  Machine::add_to(snapshot);
  if (!has_task()) return;
  const Work& work = *work_;
  inbox_.add_to(snapshot, [&](const CoreMessage& message) {
    snapshot.add(static_cast<int>(message.kind));
    snapshot.add_packet(message.packet);
  });
  for (const Firings& firings : work.tasks) firings.add_to(snapshot);
  for (const auto& unit : units_) unit->add_to(snapshot);
  work.port.add_to(snapshot, work.turns_of_image);
  for (const std::int64_t turn : {work.oldest, work.leaving, work.next_image})
    snapshot.add_count(turn, work.turns_of_image);
  const std::vector<std::int64_t> turns = work.turns.from(work.oldest, snapshot.image());
  snapshot.add_size(turns.size());
  for (const std::int64_t turn : turns) snapshot.add(turn);
  work.time.add_to(snapshot);
}

bool Core::may_end_with(int images) const {
  if (!has_task()) return true;
  const Work& work = *work_;
  const std::int64_t total = work.turns_of_image * images;
  for (const Firings& firings : work.tasks)
    if (!firings.may_end_with(images)) return false;
  for (const auto& unit : units_)
    if (unit->next_turn() >= total) return false;
  return work.oldest < total && work.next_image <= total && work.turns.may_end_with(images);
}

void Core::end_with(int images) {
  if (!has_task()) return;
  for (Firings& firings : work_->tasks) firings.end_with(images);
  work_->turns.end_with(images);
  find_next_image();
}

void Core::step(Picoseconds now) {
  Work& work = *work_;
  work.time.advance(now);
  receive(now);
  bool changed = true;
  while (changed) {
    changed = work.port.step(now);
    for (auto& unit : units_) changed |= unit->step(now);
  }
  find_oldest();
  work.time.set(busy_until(), stall());
  while (work.begins_at != nullptr && work.begins_at->started(work.next_image)) {
    work.time.mark();
    work.next_image += work.turns_of_image;
    find_next_image();
  }
  const int state = work.time.state(now);
  if (state != traced_state_ && run_state().recorder() != nullptr)
    run_state().recorder()->core_changes(id_, state, now);
  traced_state_ = state;
}

Picoseconds Core::busy_until() const {
  Picoseconds until = work_->port.busy_until();
  for (const auto& unit : units_) until = std::max(until, unit->busy_until());
  return until;
}

void Core::find_oldest() {
  Work& work = *work_;
  if (work.tasks.size() == 1) {
    work.oldest = work.tasks[0].ended;
    return;
  }
  const auto ended = [&](std::int64_t turn) {
    const Firings& firings = work.of(work.turns.at(turn));
    return units_[firings.task->visits.back().unit]->ended(turn);
  };
  while (work.oldest < work.turns.total() && ended(work.oldest)) ++work.oldest;
  work.turns.forget(work.oldest);
}

void Core::find_next_image() {
  Work& work = *work_;
  work.begins_at = nullptr;
  if (work.next_image == work.turns.total()) return;
  const Firings& firings = work.of(work.turns.at(work.next_image));
  work.begins_at = units_[firings.task->visits.front().unit].get();
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
  Work& work = *work_;
  const std::int64_t oldest = work.oldest;
  if (oldest == work.turns.total()) return std::nullopt;
  const Firings& firings = work.of(work.turns.at(oldest));
  if (!firings.begun(firings.oldest.image)) return std::nullopt;
  for (const program::Visit& visit : firings.task->visits) {
    Unit& unit = *units_[visit.unit];
    if (!unit.started(oldest)) return unit.waits_for(now());
    if (!unit.ended(oldest)) return std::nullopt;  // it works
  }
  return std::nullopt;
}

program::CoreActivity Core::activity(Picoseconds end) {
  if (!has_task()) return CoreTime().close(end);
  program::CoreActivity activity = work_->time.close(end);
  for (const Firings& firings : work_->tasks) activity.firings += firings.ended;
  return activity;
}

program::TaskActivity Core::task_activity(int task) const {
  for (const Firings& firings : work_->tasks)
    if (firings.task_id == task) return {firings.ended, firings.first_start, firings.last_end};
  throw common::InternalError("task " + std::to_string(task) + " is not on this core");
}

bool Core::done() const {
  return work_->oldest == work_->turns.total() && work_->port.done(now());
}

}  // namespace phasecore::chip
