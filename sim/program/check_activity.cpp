// Closing the books of a run: what was counted must be what the program asks for.
#include <map>
#include <numeric>

#include "sim/program/activity.hpp"
#include "sim/program/multicast.hpp"
#include "sim/program/require.hpp"

namespace phasecore::program {
namespace {

template <class What>
void ensure(bool ok, const What& what) {
  if (!ok) throw common::InternalError("books of the run: " + text_of(what));
}

/// `count` of `whose`.
template <class Whose>
void equal(std::int64_t ours, std::int64_t expected, const char* count, const Whose& whose) {
  ensure(ours == expected, [&] {
    return count + text_of(whose) + " is " + std::to_string(ours) + ", expected " + std::to_string(expected);
  });
}

void equal(std::int64_t ours, std::int64_t expected, const char* count) {
  equal(ours, expected, count, "");
}

void check_times(const Activity& a, int images) {
  equal(static_cast<std::int64_t>(a.image_end_ps.size()), images, "number of images that left the chip");
  Picoseconds before = 0;
  for (const auto end : a.image_end_ps) {
    ensure(end >= before && end <= a.end_ps, "images do not end in order within the run");
    before = end;
  }
}

template <class Name>
void check_marks(const CoreActivity& core, const Platform& platform, int images, Picoseconds end,
                 const Name& name) {
  equal(core.marks.size(), core.firings > 0 ? images + 1 : 0, "marks of ", name);
  CoreMark before;
  for (const CoreMark& mark : core.marks) {
    const auto wrong = [&] { return "marks of " + name() + " do not follow from each other"; };
    ensure(mark.at_ps >= before.at_ps && mark.at_ps <= end, wrong);
    const Picoseconds busy = mark.busy_ps - before.busy_ps, gaps = mark.gaps_ps - before.gaps_ps;
    const std::int64_t counted = mark.gaps - before.gaps;
    ensure(busy >= 0 && gaps >= 0 && counted >= 0 && mark.busy_ps + mark.gaps_ps <= mark.at_ps, wrong);
    ensure(counted == 0 ? gaps == 0 : gaps / counted >= platform.least_gap_ps, wrong);
    before = mark;
  }
  if (!core.marks.empty()) equal(before.busy_ps, core.busy_ps, "busy time at the last mark of ", name);
}

void check_tasks(const Activity& a, const Program& p, const Platform& platform, int images) {
  equal(a.tasks.size(), p.tasks.size(), "number of tasks");
  equal(a.cores.size(), platform.cores.size(), "number of cores");
  std::vector<std::int64_t> firings(a.cores.size());
  for (std::size_t i = 0; i < p.tasks.size(); ++i) {
    const auto name = [&] { return "task " + std::to_string(i) + " (" + p.layers[p.tasks[i].layer] + ")"; };
    equal(a.tasks[i].firings, std::int64_t{p.tasks[i].firings} * images, "firings of ", name);
    ensure(a.tasks[i].first_start_ps >= 0 && a.tasks[i].first_start_ps <= a.tasks[i].last_end_ps &&
               a.tasks[i].last_end_ps <= a.end_ps,
           [&] { return "times of " + name() + " are not within the run"; });
    if (p.tasks[i].core != kHost) firings.at(p.tasks[i].core) += a.tasks[i].firings;
  }
  for (std::size_t c = 0; c < a.cores.size(); ++c) {
    const CoreActivity& core = a.cores[c];
    const auto name = [&] { return "core " + std::to_string(c); };
    equal(core.firings, firings[c], "firings of ", name);
    bool negative = core.busy_ps < 0 || core.idle_ps < 0;
    for (const auto t : core.stalled_ps) negative = negative || t < 0;
    ensure(!negative, [&] { return name() + " has a negative time"; });
    equal(std::accumulate(core.stalled_ps.begin(), core.stalled_ps.end(), core.busy_ps + core.idle_ps),
          a.end_ps, "busy + idle + stalled of ", name);
    check_marks(core, platform, images, a.end_ps, name);
  }
}

void check_links(const Activity& a, const Program& p, const Platform& platform, int images) {
  struct Traffic {
    std::int64_t packets = 0, flits = 0;
    Picoseconds busy_ps = 0;
  };
  std::map<std::array<int, 2>, Traffic> expected;
  const Multicasts multicasts(p, platform);
  for (std::size_t s = 0; s < p.streams.size(); ++s) {
    const Stream& stream = p.streams[s];
    for (std::size_t i = multicasts.shared(static_cast<int>(s)); i < stream.route.size(); ++i) {
      const Link& link = platform.links[stream.route[i].link];
      if (!is_listed(link)) continue;
      Traffic& t = expected[{link.from, link.to}];
      const std::int64_t packets = std::int64_t{stream.tokens} * images;
      t.packets += packets;
      t.flits += packets * flits(link, stream.bytes);
      t.busy_ps = t.flits * link.clock_ps;
    }
  }
  std::array<int, 2> before{kHost, kHost};
  for (const auto& link : a.links) {
    const std::array<int, 2> ends{link.from, link.to};
    const auto name = [&] { return "link " + std::to_string(link.from) + " -> " + std::to_string(link.to); };
    ensure(before < ends, [&] { return name() + " is out of order or listed twice"; });
    before = ends;
    const auto found = expected.find(ends);
    const Traffic want = found == expected.end() ? Traffic{} : found->second;
    if (found != expected.end()) expected.erase(found);
    equal(link.packets, want.packets, "packets of ", name);
    equal(link.flits, want.flits, "flits of ", name);
    equal(link.busy_ps, want.busy_ps, "busy time of ", name);
    ensure(link.max_queue >= 0, [&] { return name() + " has a negative queue"; });
  }
  for (const auto& [ends, traffic] : expected)
    equal(0, traffic.flits, "flits of link ", [&, e = ends] {
      return std::to_string(e[0]) + " -> " + std::to_string(e[1]) + ", which is missing,";
    });
}

}  // namespace

void check(const Activity& activity, const Program& program, const Platform& platform, int images) {
  check_times(activity, images);
  check_tasks(activity, program, platform, images);
  equal(activity.stream_tokens.size(), program.streams.size(), "number of streams");
  for (std::size_t i = 0; i < program.streams.size(); ++i)
    equal(activity.stream_tokens[i], std::int64_t{program.streams[i].tokens} * images,
          "tokens delivered on stream ", [&] { return std::to_string(i); });
  check_links(activity, program, platform, images);
}

}  // namespace phasecore::program
