#include "sim/analytic/analytic.hpp"

#include <algorithm>
#include <map>

#include "common/diagnostics.hpp"
#include "sim/analytic/core_time.hpp"
#include "sim/analytic/recursion.hpp"

namespace phasecore::analytic {
namespace {

using program::kHost;
using program::Picoseconds;

Picoseconds latest(const std::vector<Picoseconds>& times) {
  return times.empty() ? 0 : *std::max_element(times.begin(), times.end());
}

Picoseconds end_of(const Times& times) {
  Picoseconds end = 0;
  for (const auto& t : times.tasks) end = std::max({end, latest(t.digital_end), latest(t.inject_end)});
  for (const auto& s : times.streams) end = std::max(end, latest(s.arrival));
  return end;
}

std::vector<program::LinkActivity> link_activity(const program::Program& p, const program::Structure& s,
                                                 int images) {
  std::map<std::array<int, 2>, program::LinkActivity> links;
  for (const auto& stream : p.streams)
    for (const auto& hop : program::route_of(p, stream, s)) {
      auto& link = links[{hop.from, hop.to}];
      link.from = hop.from;
      link.to = hop.to;
      const std::int64_t packets = std::int64_t{stream.tokens} * images;
      link.packets += packets;
      link.flits += packets * hop.flits;
      const bool host = hop.from == kHost || hop.to == kHost;
      link.busy_ps = link.flits * (host ? s.host_clock_ps : s.clock_ps);
    }
  std::vector<program::LinkActivity> out;
  for (const auto& [ends, link] : links) out.push_back(link);
  return out;
}

}  // namespace

program::Activity run(const program::Program& program, const program::Structure& structure, int images) {
  common::ensure(images > 0, "analytic: a run needs at least one image");
  const Times times = recursion(program, structure, images);
  program::Activity out;
  out.end_ps = end_of(times);
  const auto& sink = times.tasks[program.sink].digital_end;
  for (int m = 1; m <= images; ++m)
    out.image_end_ps.push_back(sink[static_cast<std::size_t>(m) * program.tasks[program.sink].firings - 1]);
  for (const auto& s : times.streams)
    out.stream_tokens.push_back(static_cast<std::int64_t>(s.arrival.size()));
  program::CoreActivity unused;
  unused.idle_ps = out.end_ps;
  out.cores.assign(static_cast<std::size_t>(structure.columns) * structure.rows, unused);
  for (int i = 0; i < static_cast<int>(program.tasks.size()); ++i) {
    const TaskTimes& t = times.tasks[i];
    const bool host = program.tasks[i].core == kHost;
    out.tasks.push_back({static_cast<std::int64_t>(t.digital_end.size()),
                         host ? t.digital_start[0] : t.load_start[0], t.digital_end.back()});
    if (!host) out.cores[program.tasks[i].core] = core_time(program, i, times, out.end_ps);
  }
  out.links = link_activity(program, structure, images);
  program::check(out, program, structure, images);
  return out;
}

}  // namespace phasecore::analytic
