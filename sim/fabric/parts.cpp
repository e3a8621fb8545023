#include "sim/fabric/parts.hpp"

namespace phasecore::fabric {
namespace {

using program::kHost;
using program::Link;
using program::LinkKind;
using program::Picoseconds;

Link host_link(const config::Chip& chip, LinkKind kind, int from, int to) {
  const Picoseconds clock = chip.host.clock_ps, network_clock = chip.network.clock_ps;
  Link link;
  link.kind = kind;
  link.from = from;
  link.to = to;
  link.clock_ps = clock;
  link.bytes_per_cycle = chip.host.bytes_per_cycle;
  link.header_flits = kind == LinkKind::HostPort ? chip.network.header_flits : 0;
  link.latency_ps = chip.host.latency_cycles * clock;
  if (!enters_router(link)) return link;
  link.router_ps = chip.network.router_latency_cycles * network_clock;
  link.credit_ps = chip.network.link_latency_cycles * network_clock;
  link.buffer_flits = chip.network.buffer_flits;
  return link;
}

}  // namespace

program::Platform grid_of_cores(const config::Chip& chip) {
  program::Platform platform;
  for (int y = 0; y < chip.grid.rows; ++y)
    for (int x = 0; x < chip.grid.columns; ++x) platform.cores.push_back({0, x, y});
  platform.flit_bytes = chip.network.flit_bytes;
  platform.header_flits = chip.network.header_flits;
  platform.least_gap_ps = chip.power.least_gap_ps();
  return platform;
}

Link network_link(const config::Chip& chip, LinkKind kind, int from, int to) {
  const config::Interconnect& n = chip.network;
  const Picoseconds clock = n.clock_ps;
  Link link;
  link.kind = kind;
  link.from = from;
  link.to = to;
  link.clock_ps = clock;
  link.bytes_per_cycle = n.flit_bytes;
  link.header_flits = n.header_flits;
  link.latency_ps = n.link_latency_cycles * clock;
  if (!enters_router(link)) return link;
  link.router_ps = n.router_latency_cycles * clock;
  link.credit_ps = n.link_latency_cycles * clock;
  link.buffer_flits = n.buffer_flits;
  return link;
}

HostWays::HostWays(program::Platform& platform, const config::Chip& chip, int port)
    : direct_(chip.host.link == config::HostLink::PerCore),
      router_(chip.host.row * chip.grid.columns + chip.host.column) {
  const int first = direct_ ? 0 : router_;
  const int last = direct_ ? static_cast<int>(platform.cores.size()) - 1 : router_;
  for (int at = first; at <= last; ++at)
    for (const bool in : {true, false}) {
      Link link = host_link(chip, direct_ ? LinkKind::HostLink : LinkKind::HostPort, in ? kHost : at,
                            in ? at : kHost);
      (in ? link.to_port : link.from_port) = port;
      (in ? in_ : out_).push_back(static_cast<int>(platform.links.size()));
      platform.links.push_back(link);
    }
}

}  // namespace phasecore::fabric
