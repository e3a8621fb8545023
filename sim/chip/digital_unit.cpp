#include "sim/chip/digital_unit.hpp"

namespace phasecore::chip {

using program::Phase;
using program::Stall;

bool DigitalUnit::step(Picoseconds now) {
  return working_ ? finish(now) : start(now);
}

bool DigitalUnit::finish(Picoseconds now) {
  const std::int64_t firing = firings_.digitals_ended;
  if (end_ == kNever) {
    const Picoseconds last_tail = tails(firing);
    if (last_tail == kNever) return false;
    const program::Task& task = *firings_.task;
    end_ = start_ + task.digital_ps;
    if (last_tail >= 0) end_ = std::max(end_, last_tail + task.pipeline_ps);
    if (end_ > now) core_.wake_at(end_);
  }
  if (end_ > now) return false;
  working_ = false;
  last_end_ = now;
  ++firings_.digitals_ended;
  core_.run_state().made_progress(now);
  port_.firing_ends(firing, now);
  firings_.release(Phase::Digital, firing, now);
  return true;
}

bool DigitalUnit::start(Picoseconds now) {
  const std::int64_t firing = firings_.digitals_started;
  if (firings_.mvms_ended <= firing) return false;
  if (missing_token(firing) || !has_credits(firing, now)) return false;
  if (!port_.injected(firing - 2)) {  // two output registers
    port_.await_injection();
    return false;
  }
  ++firings_.digitals_started;
  working_ = true;
  start_ = now;
  end_ = kNever;
  const program::Task& task = *firings_.task;
  for (int o = 0; o < static_cast<int>(task.outputs.size()); ++o) {
    const program::Output& output = task.outputs[o];
    if (!emits(output, firings_.index(firing))) continue;
    RunState& run = core_.run_state();
    run.channel(output.stream).credits.take(1);
    port_.expect(run.make_packet(output.stream), o, firing,
                 run.channel(output.stream).stream().streaming ? now + task.pipeline_ps : kNever);
  }
  return true;
}

std::optional<Stall> DigitalUnit::missing_token(std::int64_t firing) const {
  // The first that is missing decides, but for partial sums, which come last; see Firings::holds().
  if (missing_ < firings_.inputs.size() && lacks(firings_.inputs[missing_], firing)) return Stall::Input;
  std::optional<Stall> missing;
  for (std::size_t i = 0; i < firings_.inputs.size(); ++i) {
    const BufferedInput& in = firings_.inputs[i];
    if (firings_.holds(in, Phase::Digital, firing)) continue;
    if (lacks(in, firing)) {
      missing_ = i;
      return Stall::Input;
    }
    missing = Stall::PartialSum;
  }
  return missing;
}

bool DigitalUnit::lacks(const BufferedInput& in, std::int64_t firing) const {
  return !in.channel->stream().partial_sum && !firings_.holds(in, Phase::Digital, firing);
}

bool DigitalUnit::has_credits(std::int64_t firing, Picoseconds now) {
  const auto& outputs = firings_.task->outputs;
  // One that is missing is enough to wait for: when it comes, the others are asked again.
  const auto waits = [&](const program::Output& output) {
    if (!emits(output, firings_.index(firing))) return false;
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

std::optional<Stall> DigitalUnit::waits_for(Picoseconds now) {
  const std::int64_t firing = firings_.digitals_started;
  if (working_ || firings_.mvms_ended <= firing) return std::nullopt;
  if (const auto missing = missing_token(firing)) return missing;
  if (!has_credits(firing, now)) return Stall::Memory;
  return Stall::Link;
}

Picoseconds DigitalUnit::tails(std::int64_t firing) const {
  Picoseconds latest = -1;
  for (const BufferedInput& in : firings_.inputs) {
    if (in.input->phase != Phase::Digital || !in.channel->stream().streaming) continue;
    const int need = in.input->need[firings_.index(firing)];
    if (!in.channel->holds(firings_.image(firing), need)) return kNever;
    latest = std::max(latest, in.channel->arrival(firings_.image(firing), need));
  }
  return latest;
}

}  // namespace phasecore::chip
