#include "sim/chip/unit.hpp"

#include <algorithm>

namespace phasecore::chip {

using program::Stall;
using program::Turn;
using program::Visit;

namespace {

/// Latest arrival of the tails the firing needs on streaming inputs of a visit, kNever while one is on its
/// way, -1 if there are none.
Picoseconds tails(const Firings& firings, int visit, std::int64_t firing) {
  Picoseconds latest = -1;
  if (!firings.needs[visit].streaming) return latest;
  for (const BufferedInput& in : firings.inputs) {
    if (in.input->visit != visit || !in.channel->stream().streaming) continue;
    const int need = in.input->need[firings.index(firing)];
    if (!in.channel->holds(firings.image(firing), need)) return kNever;
    latest = std::max(latest, in.channel->arrival(firings.image(firing), need));
  }
  return latest;
}

}  // namespace

Unit::Unit(const sc_core::sc_module_name& name, Machine& core, InjectionPort& port, CoreWork& work, int index)
    : sc_module(name), core_(core), port_(port), work_(work), index_(index) {}

void Unit::reset() {
  used_ = working_ = false;
  next_ = turn_ = 0;
  registers_ = missing_ = full_ = 0;
  results_.clear();
  for (const Firings& firings : work_.tasks) {
    const int visit = firings.visit_at[index_];
    if (visit < 0) continue;
    used_ = true;
    registers_ = std::max<std::size_t>(registers_, firings.task->visits[visit].registers);
  }
}

bool Unit::find_next() {
  if (!used_) return false;
  for (; next_ < work_.turns.total(); ++next_)
    if (work_.of(work_.turns.at(next_)).visit_at[index_] >= 0) return true;
  return false;
}

bool Unit::start(Picoseconds now) {
  if (!find_next()) return false;
  const Turn turn = work_.turns.at(next_);
  Firings& firings = work_.of(turn);
  const int visit = firings.visit_at[index_];
  const program::Task& task = *firings.task;
  if (visit > 0 && !work_.units[task.visits[visit - 1].unit]->ended(next_)) return false;
  if (!firings.holds(visit, turn.firing, missing_)) return false;
  const bool last = firings.last(visit);
  if (last && (work_.leaving != next_ || !has_credits(firings, turn.firing, now))) return false;
  if (!has_register(task.visits[visit])) return false;
  if (visit == 0 && turn.firing == 0) firings.first_start = now;
  working_ = true;
  turn_ = next_++;
  start_ = now;
  keep_result(firings, visit);
  if (last) leave(firings, turn.firing, now);
  set_end(firings, turn, now);
  return true;
}

/// T5.
bool Unit::has_register(const Visit& visit) {
  const auto registers = static_cast<std::size_t>(visit.registers);
  if (results_.size() < registers) return true;
  const Result& result = results_[results_.size() - registers];
  if (result.next >= 0) {
    const Unit& next = *work_.units[result.next];
    return visit.frees == program::Frees::AtStart ? next.started(result.turn) : next.ended(result.turn);
  }
  if (port_.injected(result.turn)) return true;
  port_.await_injection();
  return false;
}

void Unit::keep_result(const Firings& firings, int visit) {
  if (results_.size() == registers_) results_.pop_front();
  results_.push_back({turn_, firings.last(visit) ? -1 : firings.task->visits[visit + 1].unit});
}

/// The last visit starts: the firing's packets may follow.
void Unit::leave(Firings& firings, std::int64_t firing, Picoseconds now) {
  ++work_.leaving;
  const program::Task& task = *firings.task;
  RunState& run = core_.run_state();
  for (int o = 0; o < static_cast<int>(task.outputs.size()); ++o) {
    const program::Output& output = task.outputs[o];
    if (!emits(output, firings.index(firing))) continue;
    TokenChannel& channel = run.channel(output.stream);
    channel.credits.take(1);
    if (channel.stays()) continue;
    const bool streaming = channel.stream().streaming;
    port_.expect(run.make_packet(output.stream), o, turn_,
                 streaming ? now + task.visits.back().pipeline_ps : kNever);
  }
}

/// T4: the end of a visit, once it is known.
void Unit::set_end(const Firings& firings, const Turn& turn, Picoseconds now) {
  const int visit = firings.visit_at[index_];
  const Picoseconds last_tail = tails(firings, visit, turn.firing);
  end_ = kNever;
  if (last_tail == kNever) return;
  end_ = start_ + firings.task->visits[visit].duration_ps;
  if (last_tail >= 0) end_ = std::max(end_, last_tail + firings.task->visits[visit].pipeline_ps);
  if (end_ > now) core_.wake_at(end_);
}

bool Unit::finish(Picoseconds now) {
  if (end_ > now && end_ != kNever) return false;
  const Turn turn = work_.turns.at(turn_);
  Firings& firings = work_.of(turn);
  if (end_ == kNever) set_end(firings, turn, now);
  if (end_ > now) return false;
  working_ = false;
  const int visit = firings.visit_at[index_];
  if (firings.last(visit)) end_firing(firings, turn.firing, now);
  firings.release(visit, turn.firing, now);
  return true;
}

void Unit::end_firing(Firings& firings, std::int64_t firing, Picoseconds now) {
  RunState& run = core_.run_state();
  firings.last_end = now;
  ++firings.ended;
  run.made_progress(now);
  std::vector<program::Payload> values;
  if (run.options().functions != nullptr) values = run.fire(firings.task_id, firing);
  const auto& outputs = firings.task->outputs;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    TokenChannel& channel = run.channel(outputs[o].stream);
    if (!channel.stays() || !emits(outputs[o], firings.index(firing))) continue;
    run.receive(outputs[o].stream, channel.next_token(), values.empty() ? program::Payload() : values[o]);
  }
  port_.firing_ends(turn_, values, now);
}

bool Unit::has_credits(const Firings& firings, std::int64_t firing, Picoseconds now) {
  const auto& outputs = firings.task->outputs;
  // One that is missing is enough to wait for: when it comes, the others are asked again.
  const auto waits = [&](const program::Output& output) {
    if (!emits(output, firings.index(firing))) return false;
    Credits& credits = core_.run_state().channel(output.stream).credits;
    if (credits.available(now) >= 1) return false;
    credits.await(1);
    return true;
  };
  if (full_ < outputs.size() && waits(outputs[full_])) return false;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!waits(outputs[i])) continue;
    full_ = i;
    return false;
  }
  return true;
}

std::optional<Stall> Unit::missing_token(const Firings& firings, int visit, std::int64_t firing) {
  if (!firings.needs[visit].tokens) return std::nullopt;
  const auto lacks = [&](const BufferedInput& in) {
    return !in.channel->stream().partial_sum && !firings.holds(in, visit, firing);
  };
  // The first that is missing decides, but for partial sums, which come last; see Firings::holds().
  if (missing_ < firings.inputs.size() && lacks(firings.inputs[missing_])) return Stall::Input;
  std::optional<Stall> missing;
  for (std::size_t i = 0; i < firings.inputs.size(); ++i) {
    if (firings.holds(firings.inputs[i], visit, firing)) continue;
    if (lacks(firings.inputs[i])) {
      missing_ = i;
      return Stall::Input;
    }
    missing = Stall::PartialSum;
  }
  return missing;
}

std::optional<Stall> Unit::waits_for(std::int64_t turn, Picoseconds now) {
  const Turn firing = work_.turns.at(turn);
  const Firings& firings = work_.of(firing);
  const int visit = firings.visit_at[index_];
  if (const auto missing = missing_token(firings, visit, firing.firing)) return missing;
  if (!firings.last(visit)) return std::nullopt;
  if (!has_credits(firings, firing.firing, now)) return Stall::Memory;
  return Stall::Link;
}

}  // namespace phasecore::chip
