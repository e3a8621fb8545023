#include "sim/fabric/dedicated.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"
#include "sim/config/chip_checks.hpp"

namespace phasecore::fabric {
namespace {

using program::kHost;
using Circuits = std::vector<std::array<int, 2>>;

Circuits circuits_at_offsets(const config::Chip& chip) {
  Circuits circuits;
  for (const std::string& text : chip.network.offsets) {
    const auto offset = config::parse_offset(text);
    common::ensure(offset.has_value(), "fabric: offset '" + text + "' passed the checks of the chip");
    for (int y = 0; y < chip.grid.rows; ++y)
      for (int x = 0; x < chip.grid.columns; ++x) {
        const int to_x = x + (*offset)[0], to_y = y + (*offset)[1];
        if (to_x < 0 || to_x >= chip.grid.columns || to_y < 0 || to_y >= chip.grid.rows) continue;
        circuits.push_back({y * chip.grid.columns + x, to_y * chip.grid.columns + to_x});
      }
  }
  return circuits;
}

}  // namespace

Dedicated::Dedicated(const config::Chip& chip) : Dedicated(chip, circuits_at_offsets(chip)) {}

Dedicated::Dedicated(const config::Chip& chip, const Circuits& circuits)
    : Fabric(grid_of_cores(chip)), host_(platform_, chip, 0) {
  neighbours_.resize(platform_.cores.size());
  circuits_.resize(platform_.cores.size());
  Circuits sorted = circuits;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (const auto& [from, to] : sorted) {
    program::Link link = network_link(chip, program::LinkKind::Circuit, from, to);
    // Every core on the way forwards, which takes it as long as a router would.
    link.latency_ps += program::Picoseconds{chip.network.router_latency_cycles} * chip.network.clock_ps;
    neighbours_.at(from).push_back(to);
    circuits_.at(from).push_back(static_cast<int>(platform_.links.size()));
    platform_.links.push_back(link);
  }
}

program::Route Dedicated::route_over(const std::vector<int>& cores) const {
  program::Route way;
  for (std::size_t i = 1; i < cores.size(); ++i) {
    const auto& next = neighbours_[cores[i - 1]];
    const auto found = std::find(next.begin(), next.end(), cores[i]);
    common::ensure(found != next.end(), "no circuit from core " + std::to_string(cores[i - 1]) + " to core " +
                                            std::to_string(cores[i]));
    way.push_back({circuits_[cores[i - 1]][found - next.begin()]});
  }
  return way;
}

program::Route Dedicated::route(int from, int to) const {
  if (from == to) return {};  // it stays there
  if (from == kHost) return {{host_.in(to)}};
  if (to == kHost) return {{host_.out(from)}};
  std::vector<int> came_from(neighbours_.size(), -1), queue{from};
  came_from[from] = from;
  for (std::size_t head = 0; head < queue.size() && came_from[to] < 0; ++head)
    for (int next : neighbours_[queue[head]])
      if (came_from[next] < 0) {
        came_from[next] = queue[head];
        queue.push_back(next);
      }
  if (came_from[to] < 0)
    throw common::InputError("network.offsets: no links lead from core " + std::to_string(from) +
                             " to core " + std::to_string(to));
  std::vector<int> cores{to};
  while (cores.back() != from) cores.push_back(came_from[cores.back()]);
  std::reverse(cores.begin(), cores.end());
  return route_over(cores);
}

void register_dedicated(Topologies& topologies) {
  topologies.add("dedicated", [](const config::Chip& chip) { return std::make_unique<Dedicated>(chip); });
}

}  // namespace phasecore::fabric
