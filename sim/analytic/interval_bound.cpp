// The busiest unit bounds the time between two images from below, however well the rest overlaps.
#include <algorithm>
#include <map>

#include "sim/analytic/analytic.hpp"
#include "sim/program/conversions.hpp"
#include "sim/program/multicast.hpp"

namespace phasecore::analytic {

using program::Picoseconds;

namespace {

/// The work of an image at each unit of each core, and at pairs of units of which only one works at a time.
Picoseconds busiest_unit(const program::Program& program) {
  struct Work {
    Picoseconds alone = 0;      ///< visits of the unit
    Picoseconds with_next = 0;  ///< and of the unit behind it
    bool exclusive = true;      ///< all have one register, free at the end of the next visit (T5)
  };
  std::map<std::array<int, 2>, Work> units;  // (core, unit)
  for (int t = 0; t < static_cast<int>(program.tasks.size()); ++t) {
    const program::Task& task = program.tasks[t];
    const int visits = static_cast<int>(task.visits.size());
    const auto of_image = [&](int v) {
      return v == visits
                 ? 0
                 : task.firings * task.visits[v].duration_ps + program::fetching_per_image(program, t, v);
    };
    for (int v = 0; v < visits; ++v) {
      const program::Visit& visit = task.visits[v];
      Work& work = units[{task.core, visit.unit}];
      work.alone += of_image(v);
      work.with_next += of_image(v) + of_image(v + 1);
      work.exclusive &= visit.registers == 1 && visit.frees == program::Frees::AtEnd;
    }
  }
  Picoseconds bound = 0;
  for (const auto& [at, work] : units) bound = std::max(bound, work.exclusive ? work.with_next : work.alone);
  return bound;
}

}  // namespace

program::Picoseconds interval_bound(const program::Program& program, const program::Platform& platform) {
  Picoseconds bound = busiest_unit(program);
  std::vector<Picoseconds> links(platform.links.size());
  std::map<int, Picoseconds> ports;  // of cores that send over circuits: one port for all of them
  const program::Multicasts multicasts(program, platform);
  for (std::size_t s = 0; s < program.streams.size(); ++s) {
    const program::Stream& stream = program.streams[s];
    for (std::size_t i = multicasts.shared(static_cast<int>(s)); i < stream.route.size(); ++i) {
      const program::Link& link = platform.links[stream.route[i].link];
      const Picoseconds work =
          Picoseconds{stream.tokens} * program::flits(link, stream.bytes) * link.clock_ps;
      links[stream.route[i].link] += work;
      if (link.kind == program::LinkKind::Circuit && i == 0) ports[link.from] += work;
    }
  }
  for (const Picoseconds work : links) bound = std::max(bound, work);
  for (const auto& [core, work] : ports) bound = std::max(bound, work);
  return bound;
}

}  // namespace phasecore::analytic
