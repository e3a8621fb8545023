#include "link_use.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "sim/analytic/recursion.hpp"

namespace phasecore::test {
namespace {

using program::Picoseconds;

class LinkUse {
 public:
  LinkUse(const program::Program& p, const program::Platform& platform) : p_(p), platform_(platform) {}

  void packet(int stream_index, Picoseconds start, Picoseconds injected) {
    const auto& stream = p_.streams[stream_index];
    const program::Link* before = nullptr;
    Picoseconds next = start;  // when the packet may be on the next link
    for (const program::Step& step : stream.route) {
      const program::Link& link = platform_.links[step.link];
      const Picoseconds length = program::flits(link, stream.bytes) * link.clock_ps;
      if (link.kind == program::LinkKind::Circuit) {  // held as long as the port
        use(kLink, step.link, next, next + injected - start);
        next += link.latency_ps;
        continue;
      }
      const Picoseconds room = program::flits(platform_, stream.bytes) * network_clock(stream.route);
      if (before != nullptr && program::stores(*before)) use(kReadingStored, last_, next, next + length);
      if (before != nullptr && !program::stores(*before) && program::stores(link)) {
        use(kStoring, step.link, next, next + room);
        next += room - before->clock_ps;
      }
      if (before != nullptr) use(kReading, last_, next, next + length);
      use(kLink, step.link, next, next + length);
      next += link.latency_ps + link.router_ps + (program::stores(link) ? length - link.clock_ps : 0);
      before = &link;
      last_ = step.link;
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
  /// What serves one packet at a time: a link, and in a router the storing of a packet for a link that wants
  /// all of it, the buffer of such a link while it is read, and any buffer while a link reads it.
  enum Server { kLink, kStoring, kReadingStored, kReading };

  Picoseconds network_clock(const program::Route& route) const {
    for (const program::Step& step : route)
      if (!program::stores(platform_.links[step.link])) return platform_.links[step.link].clock_ps;
    return 0;
  }
  void use(Server server, int link, Picoseconds start, Picoseconds end) {
    uses_[{server, link}].push_back({start, end});
  }

  const program::Program& p_;
  const program::Platform& platform_;
  int last_ = 0;
  std::map<std::array<int, 2>, std::vector<std::array<Picoseconds, 2>>> uses_;
};

}  // namespace

bool nobody_meets(const program::Program& program, const program::Platform& platform, int images) {
  const auto times = analytic::recursion(program, platform, images);
  LinkUse use(program, platform);
  for (const auto& task : times.tasks)
    for (std::size_t i = 0; i < task.inject_stream.size(); ++i)
      use.packet(task.inject_stream[i], task.inject_start[i], task.inject_end[i]);
  return use.nobody_meets();
}

}  // namespace phasecore::test
