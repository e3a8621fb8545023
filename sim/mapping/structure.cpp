#include <algorithm>

#include "common/diagnostics.hpp"
#include "sim/config/chip_checks.hpp"
#include "sim/mapping/build_program.hpp"

namespace phasecore::mapping {
namespace {

/// Every core's links to the neighbours at the chip's offsets, sorted by (from, to).
std::vector<std::array<int, 2>> links_of(const config::Chip& chip) {
  std::vector<std::array<int, 2>> links;
  for (const std::string& text : chip.network.offsets) {
    const auto offset = config::parse_offset(text);
    common::ensure(offset.has_value(), "mapping: offset '" + text + "' passed the checks of the chip");
    for (int y = 0; y < chip.grid.rows; ++y)
      for (int x = 0; x < chip.grid.columns; ++x) {
        const int to_x = x + (*offset)[0], to_y = y + (*offset)[1];
        if (to_x < 0 || to_x >= chip.grid.columns || to_y < 0 || to_y >= chip.grid.rows) continue;
        links.push_back({y * chip.grid.columns + x, to_y * chip.grid.columns + to_x});
      }
  }
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  return links;
}

}  // namespace

program::Structure structure_of(const config::Chip& chip) {
  program::Structure s;
  s.columns = chip.grid.columns;
  s.rows = chip.grid.rows;
  s.mesh = chip.network.topology == config::Topology::Mesh;
  s.clock_ps = chip.network.clock_ps;
  s.flit_bytes = chip.network.flit_bytes;
  s.header_flits = chip.network.header_flits;
  s.link_latency = chip.network.link_latency_cycles;
  s.router_latency = chip.network.router_latency_cycles;
  s.buffer_flits = chip.network.buffer_flits;
  s.host_shared = chip.host.link == config::HostLink::Shared;
  s.host_core = s.host_shared ? chip.host.row * chip.grid.columns + chip.host.column : 0;
  s.host_clock_ps = chip.host.clock_ps;
  s.host_bytes_per_cycle = chip.host.bytes_per_cycle;
  s.host_latency = chip.host.latency_cycles;
  if (!s.mesh) s.links = links_of(chip);
  return s;
}

}  // namespace phasecore::mapping
