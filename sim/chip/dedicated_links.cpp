#include "sim/chip/dedicated_links.hpp"

namespace phasecore::chip {

DedicatedLinks::DedicatedLinks(const sc_core::sc_module_name& name, RunState& run,
                               const std::vector<std::unique_ptr<Core>>& cores)
    : Machine(name, run), cores_(cores), inbox_(*this) {
  for (const auto& [from, to] : run.structure().links) {
    LinkUse use;
    use.from = from;
    use.to = to;
    use_.push_back(use);
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
    for (std::size_t k = 0; k + 1 < stream.route.size(); ++k)
      route.push_back(find(stream.route[k], stream.route[k + 1]));
  }
}

int DedicatedLinks::find(int from, int to) const {
  const auto found = std::find_if(use_.begin(), use_.end(),
                                  [&](const LinkUse& use) { return use.from == from && use.to == to; });
  common::ensure(found != use_.end(),
                 "no dedicated link from core " + std::to_string(from) + " to " + std::to_string(to));
  return static_cast<int>(found - use_.begin());
}

Picoseconds DedicatedLinks::hop() const {
  const program::Structure& s = run_state().structure();
  return (s.link_latency + s.router_latency) * s.clock_ps;
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
  const program::Structure& s = run_state().structure();
  const Packet& p = run_state().packets()[packet];
  const Picoseconds length = p.flits * s.clock_ps;
  for (const int link : route(packet)) use_[link].carry(p.flits);
  if (run_state().program().streams[p.stream].streaming)
    cores_[p.target]->put({CoreMessage::Kind::Head, packet},
                          now + static_cast<Picoseconds>(route(packet).size()) * hop());
  if (!head_only) finish(core, packet, now + length);
  return length;
}

void DedicatedLinks::finish(int core, int packet, Picoseconds end) {
  const Packet& p = run_state().packets()[packet];
  const auto hops = static_cast<Picoseconds>(route(packet).size());
  cores_[p.target]->put({CoreMessage::Kind::Packet, packet},
                        end + hops * hop() - run_state().structure().clock_ps);
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
      end += hop();
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
  Picoseconds earliest = now;
  for (std::size_t k = 0; k < route.size(); ++k) {
    const Link& link = links_[route[k]];
    known &= !link.held && !link.claimed;
    earliest = std::max(earliest, link.free_at - static_cast<Picoseconds>(k) * hop());
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
