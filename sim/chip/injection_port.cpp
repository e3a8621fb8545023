#include "sim/chip/injection_port.hpp"

namespace phasecore::chip {

PacketSink& InjectionPort::sink_of(int packet) {
  RunState& run = core_.run_state();
  switch (run.first_link(run.packets()[packet].stream).kind) {
    case program::LinkKind::Circuit:
      return *sinks_.circuits;
    case program::LinkKind::HostLink:
      return *sinks_.host_links;
    default:
      return *sinks_.routers;
  }
}

/// The packet under way has left, or the next one is ready.
bool InjectionPort::move(Picoseconds now) {
  if (sending_) {
    queue_.pop_front();
    sending_ = false;
    return true;
  }
  if (!sink_of(queue_.front().packet).may_start(id_, queue_.front().packet, now)) return false;
  send(now);
  return true;
}

void InjectionPort::send(Picoseconds now) {
  const Entry& entry = queue_.front();
  free_at_ = now + sink_of(entry.packet).start(id_, entry.packet, now, !entry.complete);
  end_ = entry.complete ? free_at_ : kNever;
  sending_ = true;
  if (end_ == kNever) return;
  core_.run_state().made_progress(end_);
  if (queue_.size() > 1 || core_.run_state().tracing()) core_.wake_at(end_);
}

void InjectionPort::expect(int packet, int output, std::int64_t turn, Picoseconds ready) {
  queue_.push_back({packet, output, turn, ready, false});
  if (ready != kNever) core_.wake_at(ready);
  if (sending_ && end_ != kNever) core_.wake_at(std::max(end_, core_.now()));
}

void InjectionPort::add_to(Snapshot& snapshot, std::int64_t turns_of_image) const {
  const auto add = [&](Picoseconds time) {
    snapshot.add(time == kNever ? -1 : std::max<Picoseconds>(time - snapshot.now(), 0));
  };
  snapshot.add_size(queue_.size());
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    snapshot.add_packet(queue_[i].packet);
    snapshot.add(queue_[i].output);
    snapshot.add_count(queue_[i].turn, turns_of_image);
    add(queue_[i].ready);
    snapshot.add(queue_[i].complete);
  }
  snapshot.add(sending_);
  if (!sending_) return;
  add(free_at_);
  add(end_);
}

void InjectionPort::await_injection() {
  if (sending_ && end_ != kNever) core_.wake_at(end_);
}

void InjectionPort::firing_ends(std::int64_t turn, std::vector<program::Payload>& values, Picoseconds now) {
  RunState& run = core_.run_state();
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    Entry& entry = queue_[i];
    if (entry.turn != turn) continue;
    entry.complete = true;
    entry.ready = std::min(entry.ready, now);
    if (!values.empty()) run.packets()[entry.packet].payload = std::move(values[entry.output]);
  }
  if (!sending_ || end_ != kNever) return;
  end_ = std::max(free_at_, now);
  run.made_progress(end_);
  sink_of(queue_.front().packet).finish(id_, queue_.front().packet, end_);
  core_.wake_at(end_);
}

}  // namespace phasecore::chip
