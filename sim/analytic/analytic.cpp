#include "sim/analytic/analytic.hpp"

#include <algorithm>
#include <map>

#include "common/diagnostics.hpp"
#include "sim/analytic/core_time.hpp"
#include "sim/analytic/recursion.hpp"
#include "sim/program/multicast.hpp"

namespace phasecore::analytic {
namespace {

using program::kHost;
using program::Picoseconds;

/// Firings, packets of a port and tokens of a stream keep their order (T1).
Picoseconds latest(const std::vector<Picoseconds>& times) {
  return times.empty() ? 0 : times.back();
}

Picoseconds end_of(const Times& times) {
  Picoseconds end = 0;
  for (const auto& t : times.tasks) end = std::max({end, latest(t.ends()), latest(t.inject_end)});
  for (const auto& s : times.streams) end = std::max(end, latest(s.arrival));
  return end;
}

std::vector<program::LinkActivity> link_activity(const program::Program& p, const program::Platform& platform,
                                                 int images) {
  std::map<std::array<int, 2>, program::LinkActivity> links;
  const program::Multicasts multicasts(p, platform);
  for (std::size_t s = 0; s < p.streams.size(); ++s) {
    const program::Stream& stream = p.streams[s];
    for (std::size_t i = multicasts.shared(static_cast<int>(s)); i < stream.route.size(); ++i) {
      const program::Link& link = platform.links[stream.route[i].link];
      if (!program::is_listed(link)) continue;
      auto& activity = links[{link.from, link.to}];
      activity.from = link.from;
      activity.to = link.to;
      const std::int64_t packets = std::int64_t{stream.tokens} * images;
      activity.packets += packets;
      activity.flits += packets * program::flits(link, stream.bytes);
      activity.busy_ps = activity.flits * link.clock_ps;
    }
  }
  std::vector<program::LinkActivity> out;
  for (const auto& [ends, link] : links) out.push_back(link);
  return out;
}

}  // namespace

program::Activity run(const program::Program& program, const program::Platform& platform, int images) {
  common::ensure(images > 0, "analytic: a run needs at least one image");
  const Times times = recursion(program, platform, images);
  program::Activity out;
  out.end_ps = end_of(times);
  const auto& sink = times.tasks[program.sink].ends();
  for (int m = 1; m <= images; ++m)
    out.image_end_ps.push_back(sink[static_cast<std::size_t>(m) * program.tasks[program.sink].firings - 1]);
  for (std::size_t s = 0; s < times.streams.size(); ++s)
    out.stream_tokens.push_back(static_cast<std::int64_t>(times.streams[s].arrival.size()) -
                                program.streams[s].initial_tokens);
  program::CoreActivity unused;
  unused.idle_ps = out.end_ps;
  out.cores.assign(platform.cores.size(), unused);
  std::vector<std::vector<int>> on_core(out.cores.size());
  for (int i = 0; i < static_cast<int>(program.tasks.size()); ++i) {
    const TaskTimes& t = times.tasks[i];
    out.tasks.push_back(
        {static_cast<std::int64_t>(t.ends().size()), t.visits.front().start[0], t.ends().back()});
    if (program.tasks[i].core != kHost) on_core[program.tasks[i].core].push_back(i);
  }
  for (std::size_t core = 0; core < on_core.size(); ++core)
    if (!on_core[core].empty())
      out.cores[core] = core_time(program, on_core[core], times, {images, out.end_ps, platform.least_gap_ps});
  out.links = link_activity(program, platform, images);
  program::check(out, program, platform, images);
  return out;
}

}  // namespace phasecore::analytic
