// The busiest unit bounds the time between two images from below, however well the rest overlaps.
#include <algorithm>
#include <map>

#include "sim/analytic/analytic.hpp"

namespace phasecore::analytic {

using program::Picoseconds;

program::Picoseconds interval_bound(const program::Program& program, const program::Platform& platform) {
  Picoseconds bound = 0;
  for (const auto& task : program.tasks) {
    // mvm_start(g) >= load_end(g), load_start(g + 1) >= load_end(g); without overlap a firing's
    // multiplication and conversion exclude the next firing's.
    const Picoseconds converting =
        task.overlap ? std::max(task.mvm_ps, task.digital_ps) : task.mvm_ps + task.digital_ps;
    bound = std::max(bound, task.firings * std::max(task.load_ps, converting));
  }
  std::vector<Picoseconds> links(platform.links.size());
  std::map<int, Picoseconds> ports;  // of cores that send over circuits: one port for all of them
  for (const auto& stream : program.streams)
    for (const program::Step& step : stream.route) {
      const program::Link& link = platform.links[step.link];
      const Picoseconds work =
          Picoseconds{stream.tokens} * program::flits(link, stream.bytes) * link.clock_ps;
      links[step.link] += work;
      if (link.kind == program::LinkKind::Circuit && &step == &stream.route.front()) ports[link.from] += work;
    }
  for (const Picoseconds work : links) bound = std::max(bound, work);
  for (const auto& [core, work] : ports) bound = std::max(bound, work);
  return bound;
}

}  // namespace phasecore::analytic
