#include "sim/program/multicast.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::program {
namespace {

/// Links at the start of two routes that are the same.
int common_links(const Route& a, const Route& b) {
  const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<int>(ends.first - a.begin());
}

bool enters_network(const Route& route, const Platform& platform) {
  return !route.empty() && enters_router(platform.links[route.front().link]);
}

class Checker {
 public:
  Checker(const Program& program, const Platform& platform) : p_(program), platform_(platform) {}

  void run() {
    std::vector<char> taken(p_.streams.size());
    for (std::size_t m = 0; m < p_.multicasts.size(); ++m) {
      name_ = "multicast " + std::to_string(m);
      const std::vector<int>& streams = p_.multicasts[m].streams;
      require(streams.size() >= 2, "has fewer than two streams");
      for (const int s : streams) {
        require(s >= 0 && s < static_cast<int>(p_.streams.size()), "there is no such stream");
        require(!taken[s], "a stream is in two, or twice in one");
        taken[s] = 1;
        check_same(streams.front(), s);
      }
      for (std::size_t i = 1; i < streams.size(); ++i)
        require(&output(streams[i - 1]) < &output(streams[i]), "is not in the order of the task's outputs");
    }
    if (!p_.multicasts.empty()) check_places();
  }

 private:
  void require(bool ok, const std::string& what) const {
    if (!ok) throw common::InternalError("program: " + name_ + ": " + what);
  }

  const Output& output(int stream) const {
    const auto& outputs = p_.tasks[p_.streams[stream].from].outputs;
    return *std::find_if(outputs.begin(), outputs.end(), [&](const Output& o) { return o.stream == stream; });
  }

  void check_same(int first, int other) const {
    const Stream &a = p_.streams[first], &b = p_.streams[other];
    require(a.from == b.from, "its streams have several producers");
    require(a.bytes == b.bytes && a.tokens == b.tokens, "its streams do not carry the same tokens");
    const Output &sent = output(first), &also = output(other);
    for (int i = 0; i < p_.tasks[a.from].firings; ++i)
      require(emits(sent, i) == emits(also, i), "its streams are not sent by the same firings");
  }

  /// A packet reaches a place once, whichever of its tokens are for tasks there.
  void check_places() const {
    const Multicasts trees(p_, platform_);
    for (int s = 0; s < static_cast<int>(p_.streams.size()); ++s)
      for (const int other : trees.carried_by(s)) {
        const auto core = [&](int stream) { return p_.tasks[p_.streams[stream].to].core; };
        for (const int same : trees.carried_by(s))
          require(core(same) != core(other) || p_.streams[same].route == p_.streams[other].route,
                  "two ways lead to one place");
      }
  }

  const Program& p_;
  const Platform& platform_;
  std::string name_;
};

}  // namespace

Multicasts::Multicasts(const Program& program, const Platform& platform) {
  if (program.multicasts.empty()) return;
  for (int s = 0; s < static_cast<int>(program.streams.size()); ++s) trees_.push_back({s, 0, {}});
  for (const Multicast& multicast : program.multicasts) {
    std::vector<int> first;  // of each tree
    for (const int s : multicast.streams) {
      const Route& route = program.streams[s].route;
      if (!enters_network(route, platform)) continue;
      const auto tree = std::find_if(first.begin(), first.end(), [&](int other) {
        return program.streams[other].route.front().link == route.front().link;
      });
      if (tree == first.end()) {
        first.push_back(s);
        continue;
      }
      std::vector<int>& carried = trees_[*tree].carried;
      if (carried.empty()) carried.push_back(*tree);
      trees_[s].carrier = *tree;
      for (const int earlier : carried)
        trees_[s].shared = std::max(trees_[s].shared, common_links(program.streams[earlier].route, route));
      carried.push_back(s);
    }
  }
}

void check_multicasts(const Program& program, const Platform& platform) {
  Checker(program, platform).run();
}

}  // namespace phasecore::program
