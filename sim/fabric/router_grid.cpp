#include "sim/fabric/router_grid.hpp"

#include "common/diagnostics.hpp"

namespace phasecore::fabric {

using program::kHost;
using program::LinkKind;

RouterGrid::RouterGrid(const config::Chip& chip)
    : Fabric(grid_of_cores(chip)),
      chip_(chip),
      columns_(chip.grid.columns),
      rows_(chip.grid.rows),
      host_(platform_, chip, kHostPort) {
  const int cores = static_cast<int>(platform_.cores.size());
  hops_.assign(cores, {-1, -1, -1, -1});
  for (int core = 0; core < cores; ++core)
    for (const LinkKind kind : {LinkKind::Inject, LinkKind::Eject}) {
      program::Link link = network_link(chip, kind, core, core);
      (kind == LinkKind::Inject ? link.to_port : link.from_port) = kLocal;
      (kind == LinkKind::Inject ? inject_ : eject_).push_back(static_cast<int>(platform_.links.size()));
      platform_.links.push_back(link);
    }
}

void RouterGrid::add_hop(int from, Port port, int to, Port back, int channels) {
  program::Link link = network_link(chip_, LinkKind::Hop, from, to);
  link.from_port = port;
  link.to_port = back;
  link.channels = channels;
  hops_[from][port] = static_cast<int>(platform_.links.size());
  platform_.links.push_back(link);
}

void RouterGrid::join(int from, Port port, int to, int channels) {
  constexpr Port kOpposite[] = {kWest, kEast, kSouth, kNorth};
  add_hop(from, port, to, kOpposite[port], channels);
  add_hop(to, kOpposite[port], from, port, channels);
}

int RouterGrid::step(int router, Port port, int channel, program::Route& way) const {
  const int link = hops_[router][port];
  common::ensure(link >= 0,
                 "no link leaves router " + std::to_string(router) + " in direction " + std::to_string(port));
  way.push_back({link, channel});
  return platform_.links[link].to;
}

program::Route RouterGrid::route(int from, int to) const {
  program::Route way;
  if (from == to) return way;  // it stays there
  const bool over_host_link = host_.direct() && (from == kHost || to == kHost);
  if (from == kHost)
    way.push_back({host_.in(to)});
  else if (!over_host_link)
    way.push_back({inject_[from]});
  if (!over_host_link) walk(from == kHost ? host_.router() : from, to == kHost ? host_.router() : to, way);
  if (to == kHost)
    way.push_back({host_.out(from)});
  else if (!over_host_link)
    way.push_back({eject_[to]});
  way.shrink_to_fit();  // there are thousands of streams
  return way;
}

}  // namespace phasecore::fabric
