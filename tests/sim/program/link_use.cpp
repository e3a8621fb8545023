#include "link_use.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "sim/analytic/recursion.hpp"
#include "sim/program/multicast.hpp"

namespace phasecore::test {
namespace {

using program::Picoseconds;

class LinkUse {
 public:
  LinkUse(const program::Program& p, const program::Platform& platform)
      : p_(p), platform_(platform), multicasts_(p, platform) {}

  void packet(int stream, Picoseconds start, Picoseconds injected) {
    ++packet_;
    if (multicasts_.carried_by(stream).empty()) follow(stream, start, injected);
    for (const int carried : multicasts_.carried_by(stream)) follow(carried, start, injected);
  }

  bool nobody_meets() {
    for (auto& [link, uses] : uses_) {
      std::sort(uses.begin(), uses.end());
      Picoseconds until = 0, by = 0;
      for (const auto& [start, end, packet] : uses) {  // copies of one packet do not hold each other up
        if (start < until && packet != by) return false;
        until = std::max(until, end);
        by = packet;
      }
    }
    return true;
  }

 private:
  /// What serves one packet at a time: a link, and in a router the storing of a packet for a link that wants
  /// all of it, the buffer of such a link while it is read, and any buffer while a link reads it.
  enum Server { kLink, kStoring, kReadingStored, kReading };

  void follow(int stream_index, Picoseconds start, Picoseconds injected) {
    const auto& stream = p_.streams[stream_index];
    const program::Link* before = nullptr;
    Picoseconds next = start;  // when the packet may be on the next link
    for (int i = 0; i < static_cast<int>(stream.route.size()); ++i) {
      const program::Step& step = stream.route[i];
      const program::Link& link = platform_.links[step.link];
      counts_ = i >= multicasts_.shared(stream_index);
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

  Picoseconds network_clock(const program::Route& route) const {
    for (const program::Step& step : route)
      if (!program::stores(platform_.links[step.link])) return platform_.links[step.link].clock_ps;
    return 0;
  }
  void use(Server server, int link, Picoseconds start, Picoseconds end) {
    if (counts_) uses_[{server, link}].push_back({start, end, packet_});
  }

  const program::Program& p_;
  const program::Platform& platform_;
  const program::Multicasts multicasts_;
  int last_ = 0;
  std::int64_t packet_ = 0;
  bool counts_ = true;  ///< else a copy for an earlier stream of the tree is on this link
  std::map<std::array<int, 2>, std::vector<std::array<Picoseconds, 3>>> uses_;  ///< start, end, packet
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
