#include "sim/program/check_routes.hpp"

#include <algorithm>

#include "sim/program/require.hpp"

namespace phasecore::program {
namespace {

template <class Where, class What>
void require(bool ok, const Where& where, const What& what) {
  program::require(ok, "program", where, what);
}

template <class Name>
void check_route(const Stream& s, const Name& name, int from, int to, const Platform& platform) {
  require((from == to || s.signal) == s.route.empty(), name,
          "has no route, or one from a place to itself or of a signal");
  if (s.signal) return;
  int at = from;
  const Link* before = nullptr;
  bool in_router = false, circuits = !s.route.empty();
  for (const Step& step : s.route) {
    require(step.link >= 0 && step.link < static_cast<int>(platform.links.size()), name,
            "goes over a link that is not there");
    const Link& link = platform.links[step.link];
    require(link.from == at && leaves_router(link) == in_router, name,
            "the route does not lead from producer to consumer");
    require(step.channel >= 0 && step.channel < link.channels, name, "goes by a channel that is not there");
    require(before == nullptr || stores(*before) || stores(link) || before->clock_ps == link.clock_ps, name,
            "cuts through between two clocks");
    if (enters_router(link))
      require(flits(platform, s.bytes) <= link.buffer_flits, name, [&] {
        return "packets of " + std::to_string(flits(platform, s.bytes)) + " flits do not fit buffers of " +
               std::to_string(link.buffer_flits);
      });
    at = link.to;
    before = &link;
    in_router = enters_router(link);
    circuits = circuits && link.kind == LinkKind::Circuit;
  }
  require(at == to && !in_router, name, "the route does not lead from producer to consumer");
  require(!s.streaming || circuits, name, "only dedicated links stream");
}

/// Which buffers the packets of each buffer go to next.
class Buffers {
 public:
  explicit Buffers(const Platform& platform) {
    for (const Link& link : platform.links) {
      first_.push_back(static_cast<int>(next_.size()));
      if (enters_router(link)) next_.resize(next_.size() + link.channels);
      link_.resize(next_.size(), &link);
    }
  }

  void add(const Route& route, const Platform& platform) {
    int before = -1;
    for (const Step& step : route) {
      if (!enters_router(platform.links[step.link])) break;
      const int buffer = first_[step.link] + step.channel;
      if (before >= 0 && std::find(next_[before].begin(), next_[before].end(), buffer) == next_[before].end())
        next_[before].push_back(buffer);
      before = buffer;
    }
  }

  /// A link whose buffer is in a circle, or null. Takes away, again and again, buffers that nothing enters.
  const Link* circle() const {
    std::vector<int> entered(next_.size(), 0), open;
    for (const auto& next : next_)
      for (const int buffer : next) ++entered[buffer];
    for (std::size_t i = 0; i < next_.size(); ++i)
      if (entered[i] == 0) open.push_back(static_cast<int>(i));
    while (!open.empty()) {
      const int buffer = open.back();
      open.pop_back();
      for (const int after : next_[buffer])
        if (--entered[after] == 0) open.push_back(after);
    }
    const auto left = std::find_if(entered.begin(), entered.end(), [](int n) { return n > 0; });
    return left == entered.end() ? nullptr : link_[left - entered.begin()];
  }

 private:
  std::vector<int> first_;              ///< of each link: its first buffer
  std::vector<const Link*> link_;       ///< of each buffer
  std::vector<std::vector<int>> next_;  ///< of each buffer
};

}  // namespace

void check_routes(const Program& program, const Platform& platform) {
  Buffers buffers(platform);
  for (std::size_t i = 0; i < program.streams.size(); ++i) {
    const Stream& s = program.streams[i];
    check_route(
        s, [&] { return "stream " + std::to_string(i); }, program.tasks[s.from].core,
        program.tasks[s.to].core, platform);
    buffers.add(s.route, platform);
  }
  const Link* circle = buffers.circle();
  require(circle == nullptr, "routes",
          "packets can wait for each other in a circle through " + (circle ? name_of(*circle) : ""));
}

}  // namespace phasecore::program
