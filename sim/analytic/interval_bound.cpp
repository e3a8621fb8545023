// The busiest unit bounds the time between two images from below, however well the rest overlaps.
#include <algorithm>
#include <map>

#include "sim/analytic/analytic.hpp"

namespace phasecore::analytic {

using program::kHost;
using program::Picoseconds;

program::Picoseconds interval_bound(const program::Program& program, const program::Structure& structure) {
  Picoseconds bound = 0;
  for (const auto& task : program.tasks) {
    // mvm_start(g) >= load_end(g), load_start(g + 1) >= load_end(g); without overlap a firing's
    // multiplication and conversion exclude the next firing's.
    const Picoseconds converting =
        task.overlap ? std::max(task.mvm_ps, task.digital_ps) : task.mvm_ps + task.digital_ps;
    bound = std::max(bound, task.firings * std::max(task.load_ps, converting));
  }
  std::map<std::array<int, 2>, Picoseconds> links;
  std::map<int, Picoseconds> ports, ejections;  // the links between a core and its router
  for (const auto& stream : program.streams) {
    const int from = program.tasks[stream.from].core, to = program.tasks[stream.to].core;
    for (const auto& hop : program::route_of(program, stream, structure)) {
      const bool host = hop.from == kHost || hop.to == kHost;
      links[{hop.from, hop.to}] +=
          Picoseconds{stream.tokens} * hop.flits * (host ? structure.host_clock_ps : structure.clock_ps);
    }
    const Picoseconds flits = Picoseconds{stream.tokens} * program::flits(structure, stream.bytes);
    const bool over_network = structure.host_shared || (from != kHost && to != kHost);
    if (over_network && from != kHost) ports[from] += flits * structure.clock_ps;
    if (over_network && to != kHost && structure.mesh) ejections[to] += flits * structure.clock_ps;
  }
  for (const auto& [ends, work] : links) bound = std::max(bound, work);
  for (const auto& [core, work] : ports) bound = std::max(bound, work);
  for (const auto& [core, work] : ejections) bound = std::max(bound, work);
  return bound;
}

}  // namespace phasecore::analytic
