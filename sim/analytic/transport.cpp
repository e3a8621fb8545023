#include "sim/analytic/transport.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace phasecore::analytic {

using program::kHost;

Transport::Way Transport::way_of(const program::Stream& stream, const program::Platform& platform) {
  Way way;
  way.streaming = stream.streaming;
  way.local = stream.route.empty();
  Picoseconds start = 0;
  bool stored = false;
  for (const program::Step& step : stream.route) {
    const program::Link& link = platform.links[step.link];
    const Picoseconds flits = program::flits(link, stream.bytes);
    if (&step == &stream.route.front())
      way.port_ps = flits * link.clock_ps;
    else if (stored || program::stores(link))
      start += way.tail_ps - way.head_ps;
    way.head_ps = start + link.latency_ps;
    way.tail_ps = way.head_ps + (flits - 1) * link.clock_ps;
    way.after_port = way.head_ps - link.clock_ps;
    start = way.head_ps + link.router_ps;
    stored = program::stores(link);
  }
  return way;
}

/// A core has one injection port. A host task has the link it sends over for itself: the links are free.
void Transport::assign_ports(const program::Program& p) {
  std::map<std::array<int, 3>, int> ports;  // (core, host task, link over which its packet enters)
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    const program::Stream& s = p.streams[i];
    if (ways_[i].local) continue;
    const int from = p.tasks[s.from].core;
    const std::array<int, 3> key = from == kHost ? std::array<int, 3>{kHost, s.from, s.route.front().link}
                                                 : std::array<int, 3>{from, 0, 0};
    ways_[i].port = ports.try_emplace(key, static_cast<int>(ports.size())).first->second;
  }
  port_free_.resize(ports.size());
}

Transport::Transport(const program::Program& program, const program::Platform& platform) {
  const program::Multicasts multicasts(program, platform);
  for (int s = 0; s < static_cast<int>(program.streams.size()); ++s) {
    ways_.push_back(way_of(program.streams[s], platform));
    ways_.back().carrier = multicasts.carrier(s);
  }
  assign_ports(program);
}

Passage Transport::send(int stream, Picoseconds early, Picoseconds complete) {
  Way& w = ways_[stream];
  if (w.local) return {false, complete, complete, complete, complete};
  if (w.carrier != stream) {  // T21: its tree has started
    const Picoseconds start = ways_[w.carrier].started, tail = start + w.tail_ps;
    return {false, start, start + w.port_ps, tail, tail};
  }
  Picoseconds& port = port_free_[w.port];
  Passage p;
  p.start = w.started = std::max(w.streaming ? early : complete, port);
  p.end = w.streaming ? std::max(p.start + w.port_ps, complete) : p.start + w.port_ps;
  p.last_flit = w.streaming ? p.end + w.after_port : p.start + w.tail_ps;
  p.there = w.streaming ? p.start + w.head_ps : p.last_flit;
  port = p.end;
  return p;
}

}  // namespace phasecore::analytic
