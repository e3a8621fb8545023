#include "link_use.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "sim/analytic/recursion.hpp"

namespace phasecore::test {
namespace {

using program::kHost;
using program::Picoseconds;

/// What carries one packet at a time, beside links: the way into a core, into and out of the host's router.
enum Port { kEjection = -10, kHostIn = -11, kHostOut = -12 };

class LinkUse {
 public:
  LinkUse(const program::Program& p, const program::Structure& s) : p_(p), s_(s) {}

  void packet(int stream_index, Picoseconds start, Picoseconds injected) {
    const auto& stream = p_.streams[stream_index];
    const int from = p_.tasks[stream.from].core, to = p_.tasks[stream.to].core;
    const auto way = program::route_of(p_, stream, s_);
    const Picoseconds clock = s_.clock_ps, hop = (s_.link_latency + s_.router_latency) * clock;
    const Picoseconds flits = program::flits(s_, stream.bytes) * clock;
    const Picoseconds host_flits = program::host_flits(s_, stream.bytes) * s_.host_clock_ps;
    const Picoseconds host_ps = host_flits + (s_.host_latency - 1) * s_.host_clock_ps;
    if (!s_.mesh && from != kHost && to != kHost) {  // a circuit: every link is held as long as the port
      for (std::size_t k = 0; k < way.size(); ++k)
        use(way[k].from, way[k].to, start + k * hop, injected + k * hop);
      return;
    }
    if (!s_.host_shared && (from == kHost || to == kHost)) {
      use(way[0].from, way[0].to, start, start + host_flits);
      return;
    }
    Picoseconds next = start + hop;  // when the head may be on the next link
    if (from == kHost) {
      use(kHost, s_.host_core, start, start + host_flits);
      next = start + host_ps + s_.router_latency * clock;
      use(kHostIn, s_.host_core, next, next + flits);
    }
    for (const auto& link : way) {
      if (link.from == kHost || link.to == kHost) continue;
      use(link.from, link.to, next, next + flits);
      next += hop;
    }
    if (to == kHost) {
      const Picoseconds complete = next + flits - clock;
      use(kHostOut, s_.host_core, next, next + flits);
      use(s_.host_core, kHost, complete, complete + host_flits);
    } else {
      use(kEjection, to, next, next + flits);
    }
  }

  bool nobody_meets() {
    for (auto& [link, uses] : uses_) {
      std::sort(uses.begin(), uses.end());
      for (std::size_t i = 1; i < uses.size(); ++i)
        if (uses[i][0] < uses[i - 1][1]) return false;
    }
    return true;
  }

 private:
  void use(int from, int to, Picoseconds start, Picoseconds end) {
    uses_[{from, to}].push_back({start, end});
  }

  const program::Program& p_;
  const program::Structure& s_;
  std::map<std::array<int, 2>, std::vector<std::array<Picoseconds, 2>>> uses_;
};

}  // namespace

bool nobody_meets(const program::Program& program, const program::Structure& structure, int images) {
  const auto times = analytic::recursion(program, structure, images);
  LinkUse use(program, structure);
  for (const auto& task : times.tasks)
    for (std::size_t i = 0; i < task.inject_stream.size(); ++i)
      use.packet(task.inject_stream[i], task.inject_start[i], task.inject_end[i]);
  return use.nobody_meets();
}

}  // namespace phasecore::test
