#include "sim/chip/dedicated_links.hpp"

namespace phasecore::chip {

DedicatedLinks::DedicatedLinks(const sc_core::sc_module_name& name, RunState& run,
                               const std::vector<std::unique_ptr<Core>>& cores)
    : Machine(name, run), cores_(cores), inbox_(*this) {
  for (const program::Link& link : run.platform().links) {
    index_.push_back(static_cast<int>(use_.size()));
    if (link.kind == program::LinkKind::Circuit) use_.emplace_back(link);
  }
}

void DedicatedLinks::reset() {
  reset_machine();
  inbox_.reset();
  pending_.clear();
  links_.assign(use_.size(), {});
  leaves_.assign(cores_.size(), Leave::None);
  for (LinkUse& use : use_) use.reset();
  routes_.clear();
  for (const program::Stream& stream : run_state().program().streams) {
    std::vector<int>& route = routes_.emplace_back();
    for (const program::Step& step : stream.route) route.push_back(index_[step.link]);
  }
}

void DedicatedLinks::add(Snapshot& snapshot, const Message& message) {
  for (const int number : {message.release ? 1 : 0, message.core, message.stream}) snapshot.add(number);
  if (message.release)  // its packet may have come by now
    snapshot.add_time(message.end);
  else
    snapshot.add_packet(message.packet);
}

void DedicatedLinks::add_to(Snapshot& snapshot) const {
  Machine::add_to(snapshot);
  for (const Link& link : links_) {
    snapshot.add(link.held);
    snapshot.add_due(link.free_at);
  }
  for (const Leave leave : leaves_) snapshot.add(static_cast<int>(leave));
  snapshot.add_size(pending_.size());
  for (const Message& message : pending_) add(snapshot, message);
  inbox_.add_to(snapshot, [&](const Message& message) { add(snapshot, message); });
}

Picoseconds DedicatedLinks::passage(const std::vector<int>& route) const {
  Picoseconds time = 0;
  for (const int link : route) time += use_[link].link->latency_ps;
  return time;
}

const std::vector<int>& DedicatedLinks::route(int packet) const {
  return routes_[run_state().packets()[packet].stream];
}

bool DedicatedLinks::may_start(int core, int packet, Picoseconds now) {
  if (leaves_[core] == Leave::None) {
    leaves_[core] = Leave::Requested;
    inbox_.put({false, core, run_state().packets()[packet].stream, packet, 0}, core, now);
  }
  return leaves_[core] == Leave::Granted;
}

Picoseconds DedicatedLinks::start(int core, int packet, Picoseconds now, bool head_only) {
  leaves_[core] = Leave::None;
  const Packet& p = run_state().packets()[packet];
  const Picoseconds length = p.flits * run_state().first_link(p.stream).clock_ps;
  Picoseconds head = now;
  for (const int link : route(packet)) {
    use_[link].carry(p.flits);
    run_state().record(*use_[link].link, packet, head, p.flits);
    head += use_[link].link->latency_ps;
  }
  if (run_state().program().streams[p.stream].streaming)
    cores_[p.target]->put({CoreMessage::Kind::Head, packet}, now + passage(route(packet)));
  if (!head_only) finish(core, packet, now + length);
  return length;
}

void DedicatedLinks::finish(int core, int packet, Picoseconds end) {
  const Packet& p = run_state().packets()[packet];
  cores_[p.target]->put({CoreMessage::Kind::Packet, packet},
                        end + passage(route(packet)) - run_state().first_link(p.stream).clock_ps);
  inbox_.put({true, core, p.stream, packet, end}, core, now());
}

void DedicatedLinks::step(Picoseconds now) {
  for (const Message& message : inbox_.take(now)) {
    if (!message.release) {
      pending_.push_back(message);
      continue;
    }
    Picoseconds end = message.end;
    for (const int link : routes_[message.stream]) {
      links_[link].held = false;
      links_[link].free_at = end;
      end += use_[link].link->latency_ps;
    }
  }
  for (Link& link : links_) {
    link.claimed = false;
    link.waiting = 0;
  }
  std::vector<Message> refused;
  for (const Message& request : pending_)
    if (!grant(request, now)) refused.push_back(request);
  pending_ = std::move(refused);
  for (std::size_t link = 0; link < links_.size(); ++link) use_[link].queue(links_[link].waiting);
}

bool DedicatedLinks::grant(const Message& request, Picoseconds now) {
  const std::vector<int>& route = routes_[request.stream];
  bool known = true;
  Picoseconds earliest = now, ahead = 0;  // the head is on a link that much after the start
  for (const int index : route) {
    const Link& link = links_[index];
    known &= !link.held && !link.claimed;
    earliest = std::max(earliest, link.free_at - ahead);
    ahead += use_[index].link->latency_ps;
  }
  const bool granted = known && earliest == now;
  for (const int link : route) {
    links_[link].held |= granted;
    links_[link].claimed |= !granted;
    links_[link].waiting += granted ? 0 : 1;
  }
  if (granted) {
    leaves_[request.core] = Leave::Granted;
    cores_[request.core]->put({CoreMessage::Kind::Grant, request.packet}, now);
  } else if (known) {
    wake_at(earliest);
  }
  return granted;
}

}  // namespace phasecore::chip
