#include "sim/chip/unit.hpp"

#include <algorithm>

namespace phasecore::chip {

using program::Stall;
using program::Visit;

namespace {

/// Latest arrival of the tails the firing needs on streaming inputs of a visit, kNever while one is on its
/// way, -1 if there are none.
Picoseconds tails(const Firings& firings, int visit, const Moment& at) {
  Picoseconds latest = -1;
  if (!firings.needs[visit].streaming) return latest;
  for (const BufferedInput& in : firings.inputs) {
    if (in.input->visit != visit || !in.channel->stream().streaming) continue;
    const int need = in.input->need[at.index];
    if (!in.channel->holds(at.image, need)) return kNever;
    latest = std::max(latest, in.channel->arrival(at.image, need));
  }
  return latest;
}

}  // namespace

void Unit::reset(CoreWork* work) {
  state_.reset();
  if (work == nullptr) return;
  for (const Firings& firings : work->tasks) {
    const int visit = firings.visit_at[index_];
    if (visit < 0) continue;
    if (!state_) state_ = std::make_unique<State>(*work);
    state_->registers = std::max<std::size_t>(state_->registers, firings.task->visits[visit].registers);
  }
}

/// The next turn that comes by here; false when there is none.
bool Unit::find_next() {
  Job& next = state_->next;
  CoreWork& work = state_->work;
  for (; next.turn < work.turns.total(); ++next.turn) {
    const program::Turn turn = work.turns.at(next.turn);
    Firings& firings = work.of(turn);
    if (next.firings == &firings) {  // the next of the same task, which needs no division
      next.firing = turn.firing;
      next.at.step(firings.task->firings);
      return state_->known = true;
    }
    const int visit = firings.visit_at[index_];
    if (visit < 0) continue;
    next.index = visit;
    next.firings = &firings;
    next.firing = turn.firing;
    next.at = firings.at(turn.firing);
    next.last = firings.last(visit);
    next.before = visit > 0 ? work.units[firings.task->visits[visit - 1].unit].get() : nullptr;
    return state_->known = true;
  }
  return false;
}

void Unit::add_to(Snapshot& snapshot) const {
  if (!state_) return;
  const State& s = *state_;
  const auto add_turn = [&](std::int64_t turn) { snapshot.add_count(turn, s.work.turns_of_image); };
  add_turn(s.next.turn);
  snapshot.add(s.known);
  snapshot.add(s.working);
  if (s.working) {
    add_turn(s.now.turn);
    snapshot.add_time(s.start);
    snapshot.add(s.end == kNever ? -1 : std::max<Picoseconds>(s.end - snapshot.now(), 0));
  }
  snapshot.add_size(s.results.size());
  for (std::size_t i = 0; i < s.results.size(); ++i) {
    add_turn(s.results[i].turn);
    snapshot.add(s.results[i].next);
  }
  snapshot.add_size(s.missing);
  snapshot.add_size(s.full);
}

bool Unit::start(Picoseconds now) {
  State& s = *state_;
  if (!s.known && !find_next()) return false;
  const Job& next = s.next;
  if (next.before != nullptr && !next.before->ended(next.turn)) return false;
  if (!next.firings->holds(next.index, next.at, s.missing)) return false;
  if (next.last && (s.work.leaving != next.turn || !has_credits(next, now))) return false;
  if (!has_register(next.visit())) return false;
  if (next.index == 0 && next.firing == 0) next.firings->first_start = now;
  s.now = next;
  s.working = true;
  s.start = now;
  ++s.next.turn;
  s.known = false;
  keep_result(s.now);
  if (s.now.last) leave(s.now, now);
  set_end(now);
  return true;
}

/// T5.
bool Unit::has_register(const Visit& visit) {
  const auto registers = static_cast<std::size_t>(visit.registers);
  const Ring<Result>& results = state_->results;
  if (results.size() < registers) return true;
  const Result& result = results[results.size() - registers];
  if (result.next != nullptr)
    return visit.frees == program::Frees::AtStart ? result.next->started(result.turn)
                                                  : result.next->ended(result.turn);
  if (state_->work.port.injected(result.turn)) return true;
  state_->work.port.await_injection();
  return false;
}

void Unit::keep_result(const Job& job) {
  Ring<Result>& results = state_->results;
  if (results.size() == state_->registers) results.pop_front();
  results.push_back({job.turn, job.last ? nullptr : state_->work.units[(&job.visit() + 1)->unit].get()});
}

/// The last visit starts: the firing's packets may follow.
void Unit::leave(const Job& job, Picoseconds now) {
  CoreWork& work = state_->work;
  ++work.leaving;
  const auto& outputs = job.firings->task->outputs;
  RunState& run = work.core.run_state();
  for (int o = 0; o < static_cast<int>(outputs.size()); ++o) {
    if (!emits(outputs[o], job.at.index)) continue;
    const int stream = outputs[o].stream;
    TokenChannel& channel = run.channel(stream);
    channel.credits.take(1);
    if (channel.has_no_way() || run.multicasts().is_carried(stream)) continue;
    const Picoseconds ready = channel.stream().streaming ? now + job.visit().pipeline_ps : kNever;
    work.port.expect(run.make_packet(stream), o, job.turn, ready);
  }
}

/// T4: the end of the visit, once it is known.
void Unit::set_end(Picoseconds now) {
  State& s = *state_;
  const Picoseconds last_tail = tails(*s.now.firings, s.now.index, s.now.at);
  s.end = kNever;
  if (last_tail == kNever) return;
  s.end = s.start + s.now.visit().duration_ps;
  if (s.now.firings->needs[s.now.index].fetches) s.end += s.now.firings->fetching(s.now.index, s.now.at);
  if (last_tail >= 0) s.end = std::max(s.end, last_tail + s.now.visit().pipeline_ps);
  if (s.end > now) s.work.core.wake_at(s.end);
}

bool Unit::finish(Picoseconds now) {
  State& s = *state_;
  if (s.end == kNever) set_end(now);
  if (s.end > now) return false;
  s.working = false;
  if (Recorder* recorder = s.work.core.run_state().recorder())
    recorder->visit_ends(s.now.firings->task_id, s.now.index, s.now.at.image, s.start, now);
  if (s.now.last) end_firing(s.now, now);
  s.now.firings->release(s.now.index, s.now.at, now);
  return true;
}

void Unit::end_firing(const Job& job, Picoseconds now) {
  RunState& run = state_->work.core.run_state();
  Firings& firings = *job.firings;
  firings.end_one(now);
  run.made_progress(now);
  std::vector<program::Payload> values;
  if (run.options().functions != nullptr) values = run.fire(firings.task_id, job.firing);
  if (firings.passes_on) pass_tokens_on(job, values);
  state_->work.port.firing_ends(job.turn, values, now);
}

/// T12, T24: tokens that take no link.
void Unit::pass_tokens_on(const Job& job, const std::vector<program::Payload>& values) {
  RunState& run = state_->work.core.run_state();
  const auto& outputs = job.firings->task->outputs;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (!run.channel(outputs[o].stream).has_no_way() || !emits(outputs[o], job.at.index)) continue;
    run.pass_on(outputs[o].stream, values.empty() ? program::Payload() : values[o]);
  }
}

bool Unit::has_credits(const Job& job, Picoseconds now) {
  const auto& outputs = job.firings->task->outputs;
  // One that is missing is enough to wait for: when it comes, the others are asked again.
  const auto waits = [&](const program::Output& output) {
    if (!emits(output, job.at.index)) return false;
    Credits& credits = state_->work.core.run_state().channel(output.stream).credits;
    if (credits.available(now) >= 1) return false;
    credits.await(1);
    return true;
  };
  std::size_t& full = state_->full;
  if (full < outputs.size() && waits(outputs[full])) return false;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!waits(outputs[i])) continue;
    full = i;
    return false;
  }
  return true;
}

std::optional<Stall> Unit::missing_token(const Job& job) {
  const Firings& firings = *job.firings;
  if (!firings.needs[job.index].tokens) return std::nullopt;
  const auto lacks = [&](const BufferedInput& in) {
    return !in.channel->stream().partial_sum && !Firings::holds(in, job.index, job.at);
  };
  // The first that is missing decides, but for partial sums, which come last; see Firings::holds().
  std::size_t& last = state_->missing;
  if (last < firings.inputs.size() && lacks(firings.inputs[last])) return Stall::Input;
  std::optional<Stall> missing;
  for (std::size_t i = 0; i < firings.inputs.size(); ++i) {
    if (Firings::holds(firings.inputs[i], job.index, job.at)) continue;
    if (lacks(firings.inputs[i])) {
      last = i;
      return Stall::Input;
    }
    missing = Stall::PartialSum;
  }
  return missing;
}

std::optional<Stall> Unit::waits_for(Picoseconds now) {
  const Job& job = state_->next;
  if (const auto missing = missing_token(job)) return missing;
  if (!job.last) return std::nullopt;
  if (!has_credits(job, now)) return Stall::Memory;
  return Stall::Link;
}

}  // namespace phasecore::chip
