#include "sim/analytic/transport.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace phasecore::analytic {

using program::kHost;

Transport::Way Transport::way_of(const program::Program& p, const program::Stream& s,
                                 const program::Structure& st) {
  Way w;
  w.streaming = s.streaming;
  const int from = p.tasks[s.from].core, to = p.tasks[s.to].core;
  if (from == kHost && to == kHost) {
    w.local = true;
    return w;
  }
  const Picoseconds clock = st.clock_ps, L = st.link_latency, R = st.router_latency;
  const Picoseconds F = program::flits(st, s.bytes);
  const Picoseconds host_flits = program::host_flits(st, s.bytes);
  const Picoseconds host_ps = (st.host_latency + host_flits - 1) * st.host_clock_ps;
  const bool enters = from == kHost, leaves = to == kHost;
  if (enters || leaves) {
    const int core = enters ? to : from;
    const bool mesh = st.host_shared;
    const Picoseconds H = mesh ? program::hops(st, core, st.host_core) : 0;
    w.port_ps = enters || !mesh ? host_flits * st.host_clock_ps : F * clock;
    w.tail_ps = host_ps + (mesh ? ((H + 1) * (L + R) + F - 1) * clock : 0);
    return w;
  }
  w.port_ps = F * clock;
  if (st.mesh) {
    const Picoseconds H = program::hops(st, from, to);
    w.tail_ps = ((H + 2) * L + (H + 1) * R + F - 1) * clock;
  } else {
    w.head_ps = static_cast<Picoseconds>(s.route.size() - 1) * (L + R) * clock;
    w.tail_ps = w.head_ps + (F - 1) * clock;
    w.after_port = w.head_ps - clock;
  }
  return w;
}

/// A core has one injection port. A host task has the link it sends over for itself: the links are free.
void Transport::assign_ports(const program::Program& p, const program::Structure& st) {
  std::map<std::array<int, 3>, int> ports;  // (core, host task, core whose host link the packet enters by)
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    const program::Stream& s = p.streams[i];
    const int from = p.tasks[s.from].core, to = p.tasks[s.to].core;
    const std::array<int, 3> key = from == kHost
                                       ? std::array<int, 3>{kHost, s.from, st.host_shared ? st.host_core : to}
                                       : std::array<int, 3>{from, 0, 0};
    ways_[i].port = ports.try_emplace(key, static_cast<int>(ports.size())).first->second;
  }
  port_free_.resize(ports.size());
}

Transport::Transport(const program::Program& program, const program::Structure& structure) {
  for (const auto& stream : program.streams) ways_.push_back(way_of(program, stream, structure));
  assign_ports(program, structure);
}

Passage Transport::send(int stream, Picoseconds early, Picoseconds complete) {
  const Way& w = ways_[stream];
  if (w.local) return {false, complete, complete, complete, complete};
  Picoseconds& port = port_free_[w.port];
  Passage p;
  p.start = std::max(w.streaming ? early : complete, port);
  p.end = w.streaming ? std::max(p.start + w.port_ps, complete) : p.start + w.port_ps;
  p.last_flit = w.streaming ? p.end + w.after_port : p.start + w.tail_ps;
  p.there = w.streaming ? p.start + w.head_ps : p.last_flit;
  port = p.end;
  return p;
}

}  // namespace phasecore::analytic
