#include "sim/chip/host.hpp"

#include <algorithm>
#include <tuple>

namespace phasecore::chip {

Host::Host(const sc_core::sc_module_name& name, RunState& run) : Machine(name, run), inbox_(*this) {}

void Host::connect(int link, HostOutlet& outlet) {
  outlet_of_[link] = &outlet;
  if (std::find(outlets_.begin(), outlets_.end(), &outlet) == outlets_.end()) outlets_.push_back(&outlet);
}

void Host::reset() {
  reset_machine();
  tasks_.clear();
  outgoing_.clear();
  inbox_.reset();
  for (HostOutlet* outlet : outlets_) outlet->reset(*this);
}

void Host::assign(int task) {
  tasks_.emplace_back(Firings(run_state(), task));
  wake_at(0);
}

void Host::put(int packet, Picoseconds due) {
  inbox_.put(packet, static_cast<std::uint64_t>(run_state().packets()[packet].stream), due);
}

void Host::step(Picoseconds now) {
  for (const int packet : inbox_.take(now)) run_state().deliver(packet, program::kHost);
  bool changed = true;
  while (changed) {
    changed = false;
    for (HostTask& task : tasks_)
      while (fire(task, now)) changed = true;
  }
  // In order of (time, task, firing), whatever order the tasks fired in within this instant.
  std::stable_sort(outgoing_.begin(), outgoing_.end(), [](const OutgoingPacket& a, const OutgoingPacket& b) {
    return std::tie(a.task, a.firing) < std::tie(b.task, b.firing);
  });
  for (const OutgoingPacket& outgoing : outgoing_) {
    const Packet& packet = run_state().packets()[outgoing.packet];
    const int link = run_state().program().streams[packet.stream].route.front().link;
    outlet_of_.at(link)->enqueue(outgoing, now);
  }
  outgoing_.clear();
  for (HostOutlet* outlet : outlets_) outlet->step(now);
}

bool Host::fire(HostTask& task, Picoseconds now) {
  Firings& firings = task.firings;
  const std::int64_t firing = firings.ended;
  if (firing == firings.total || !firings.holds(0, firings.at(firing), task.missing) ||
      !has_credits(task, now))
    return false;
  if (firing == 0) firings.first_start = now;
  firings.end_one(now);
  if (firings.ended % firings.task->firings == 0) {
    task.image_ends.push_back(now);
    if (firings.task_id == run_state().program().source) run_state().image_entered(firings.oldest.image);
  }
  run_state().made_progress(now);
  if (Recorder* recorder = run_state().recorder())
    recorder->host_fires(firings.task_id, firing / firings.task->firings, now);
  send(task, firing);
  firings.release(0, firings.at(firing), now);
  return true;
}

void Host::send(HostTask& task, std::int64_t firing) {
  RunState& run = run_state();
  std::vector<program::Payload> values;
  if (run.options().functions != nullptr) values = run.fire(task.firings.task_id, firing);
  const auto& outputs = task.firings.task->outputs;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (!emits(outputs[o], task.firings.at(firing).index)) continue;
    TokenChannel& channel = run.channel(outputs[o].stream);
    channel.credits.take(1);
    if (channel.has_no_way()) {
      run.pass_on(outputs[o].stream, values.empty() ? program::Payload() : values[o]);
      continue;
    }
    if (run.multicasts().is_carried(outputs[o].stream)) continue;
    const int packet = run.make_packet(outputs[o].stream);
    if (!values.empty()) run.packets()[packet].payload = std::move(values[o]);
    outgoing_.push_back({packet, task.firings.task_id, firing});
  }
}

bool Host::has_credits(const HostTask& task, Picoseconds now) {
  bool enough = true;
  for (const program::Output& output : task.firings.task->outputs) {
    if (!emits(output, task.firings.at(task.firings.ended).index)) continue;
    Credits& credits = run_state().channel(output.stream).credits;
    if (credits.available(now) >= 1) continue;
    credits.await(1);
    enough = false;
  }
  return enough;
}

void Host::add_to(Snapshot& snapshot) const {
  Machine::add_to(snapshot);
  for (const HostTask& task : tasks_) {
    task.firings.add_to(snapshot);
    snapshot.add_size(task.missing);
  }
  inbox_.add_to(snapshot, [&](int packet) { snapshot.add_packet(packet); });
  for (const HostOutlet* outlet : outlets_) outlet->add_to(snapshot);
}

bool Host::may_end_with(int images) const {
  return std::all_of(tasks_.begin(), tasks_.end(), [&](const HostTask& task) {
    // One that has sent its last token does not wait for a credit any more; but to be woken when one comes
    // changes nothing.
    const bool has_ended = task.firings.inputs.empty() && task.firings.ended == task.firings.of_run(images);
    return has_ended || task.firings.may_end_with(images);
  });
}

void Host::end_with(int images) {
  for (HostTask& task : tasks_) task.firings.end_with(images);
}

bool Host::done() const {
  for (const HostTask& task : tasks_)
    if (task.firings.ended != task.firings.total) return false;
  return std::all_of(outlets_.begin(), outlets_.end(), [](const HostOutlet* o) { return o->empty(); });
}

const Host::HostTask& Host::find(int task) const {
  for (const HostTask& host_task : tasks_)
    if (host_task.firings.task_id == task) return host_task;
  throw common::InternalError("task " + std::to_string(task) + " is not on the host");
}

program::TaskActivity Host::task_activity(int task) const {
  const Firings& t = find(task).firings;
  return {t.ended, t.first_start, t.last_end};
}

}  // namespace phasecore::chip
