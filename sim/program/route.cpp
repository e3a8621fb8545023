// Where packets go and how long they are: the geometry that books and checks rest on.
#include <cstdlib>
#include <tuple>

#include "common/diagnostics.hpp"
#include "sim/program/program.hpp"

namespace phasecore::program {
namespace {

int ceil_div(int a, int b) {
  return a / b + (a % b != 0);
}

/// XY: along the row first, then along the column.
void append_mesh(const Structure& s, int from, int to, int packet_flits, std::vector<RouteLink>& out) {
  int x = from % s.columns, y = from / s.columns;
  const int tx = to % s.columns, ty = to / s.columns;
  while (x != tx || y != ty) {
    const int here = y * s.columns + x;
    if (x != tx)
      x += tx > x ? 1 : -1;
    else
      y += ty > y ? 1 : -1;
    out.push_back({here, y * s.columns + x, packet_flits});
  }
}

}  // namespace

bool Structure::operator==(const Structure& o) const {
  const auto all = [](const Structure& s) {
    return std::tie(s.columns, s.rows, s.mesh, s.clock_ps, s.flit_bytes, s.header_flits, s.link_latency,
                    s.router_latency, s.buffer_flits, s.host_shared, s.host_core, s.host_clock_ps,
                    s.host_bytes_per_cycle, s.host_latency, s.links);
  };
  return all(*this) == all(o);
}

int flits(const Structure& s, int bytes) {
  return s.header_flits + ceil_div(bytes, s.flit_bytes);
}

int host_flits(const Structure& s, int bytes) {
  return (s.host_shared ? s.header_flits : 0) + ceil_div(bytes, s.host_bytes_per_cycle);
}

int hops(const Structure& s, int from_core, int to_core) {
  return std::abs(from_core % s.columns - to_core % s.columns) +
         std::abs(from_core / s.columns - to_core / s.columns);
}

std::vector<RouteLink> route_of(const Program& program, const Stream& stream, const Structure& s) {
  const int from = program.tasks.at(stream.from).core, to = program.tasks.at(stream.to).core;
  std::vector<RouteLink> out;
  if (from == kHost && to == kHost) return out;  // stays in the host
  const int packet = flits(s, stream.bytes);
  if (from == kHost || to == kHost) {
    const int core = from == kHost ? to : from;
    const int port = s.host_shared ? s.host_core : core;
    const RouteLink host = from == kHost ? RouteLink{kHost, port, host_flits(s, stream.bytes)}
                                         : RouteLink{port, kHost, host_flits(s, stream.bytes)};
    if (from == kHost) out.push_back(host);
    if (s.host_shared) append_mesh(s, from == kHost ? port : core, from == kHost ? core : port, packet, out);
    if (to == kHost) out.push_back(host);
    return out;
  }
  if (s.mesh)
    append_mesh(s, from, to, packet, out);
  else
    for (std::size_t i = 1; i < stream.route.size(); ++i)
      out.push_back({stream.route[i - 1], stream.route[i], packet});
  return out;
}

}  // namespace phasecore::program
