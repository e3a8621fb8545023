// Whatever order firings, injections and hops happen in: programs with tight buffers finish, also where
// packets fork. No times; a packet is in one buffer, or its copies in several.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "sim/program/multicast.hpp"
#include "sim/program/turns.hpp"
#include "tests/sim/program/widened_program.hpp"

namespace phasecore::test {
namespace {

using program::kHost;

class RandomPackets {
 public:
  explicit RandomPackets(const RandomProgram& r)
      : p_(r.program),
        platform_(r.platform()),
        images_(r.images),
        multicasts_(p_, platform_),
        fired_(p_.tasks.size()),
        freed_(p_.streams.size()) {
    std::map<int, std::vector<int>> on_core;
    for (int t = 0; t < static_cast<int>(p_.tasks.size()); ++t) {
      left_ += std::int64_t{p_.tasks[t].firings} * images_;
      if (p_.tasks[t].core != kHost) on_core[p_.tasks[t].core].push_back(t);
    }
    for (const auto& [core, tasks] : on_core) turns_.emplace(core, program::Turns(p_, tasks, images_));
    for (const auto& s : p_.streams) sent_.push_back(s.initial_tokens);
    arrived_ = sent_;
    for (const auto& link : platform_.links) {
      first_.push_back(buffers_.size());
      if (!program::enters_router(link)) continue;
      for (int channel = 0; channel < link.channels; ++channel) buffers_.push_back({{}, link.buffer_flits});
    }
    ports_.resize(platform_.cores.size() + platform_.links.size());
  }

  /// Is nothing left when nothing can happen any more?
  bool finishes(std::uint32_t seed) {
    engine_.seed(seed);
    const std::size_t actors = p_.tasks.size() + ports_.size() + buffers_.size();
    std::size_t actor = 0, idle = 0;  // so many in a row could do nothing
    while (idle < actors) {
      actor = idle == 0 ? engine_() % actors : (actor + 1) % actors;
      idle = act(actor) ? 0 : idle + 1;
    }
    return left_ == 0 && sent_ == arrived_;
  }
  int forks() const { return forks_; }

 private:
  struct Copy {
    std::vector<int> streams;
    int step = -1;  ///< of their routes, that it has taken
  };
  struct Buffer {
    std::deque<Copy> fifo;
    int room = 0;
  };

  bool act(std::size_t actor) {
    if (actor < p_.tasks.size()) return fire(static_cast<int>(actor));
    actor -= p_.tasks.size();
    if (actor < ports_.size()) return inject(ports_[actor]);
    return move(buffers_[actor - ports_.size()]);
  }

  /// A core's units hold no second result: the strictest there is.
  bool fire(int t) {
    const auto& task = p_.tasks[t];
    const std::int64_t image = fired_[t] / task.firings, i = fired_[t] % task.firings;
    if (image == images_) return false;
    if (task.core != kHost) {
      auto& turns = turns_.at(task.core);
      if (!ports_[task.core].empty() || turns.tasks()[turns.at(turn_[task.core]).member] != t) return false;
    }
    for (const auto& in : task.inputs)
      if (in.need[i] > 0 && arrived_[in.stream] < image * p_.streams[in.stream].tokens + in.need[i])
        return false;
    for (const auto& out : task.outputs)
      if (program::emits(out, i) && sent_[out.stream] - std::min(freed_[out.stream], arrived_[out.stream]) >=
                                        p_.streams[out.stream].capacity)
        return false;
    for (const auto& out : task.outputs)
      if (program::emits(out, i)) send(out.stream, task.core);
    for (const auto& in : task.inputs)
      freed_[in.stream] = image * p_.streams[in.stream].tokens + in.release[i];
    ++fired_[t];
    --left_;
    if (task.core != kHost) ++turn_[task.core];
    return true;
  }

  void send(int stream, int core) {
    ++sent_[stream];
    const auto& route = p_.streams[stream].route;
    if (route.empty()) {
      ++arrived_[stream];
      return;
    }
    if (multicasts_.is_carried(stream)) return;
    Copy packet{multicasts_.carried_by(stream)};
    if (packet.streams.empty()) packet.streams = {stream};
    ports_[core == kHost ? platform_.cores.size() + route[0].link : core].push_back(std::move(packet));
  }

  bool inject(std::deque<Copy>& port) {
    if (port.empty() || !goes_on(port.front(), port.front().streams)) return false;
    port.pop_front();
    return true;
  }

  /// One of the copies that the first packet becomes.
  bool move(Buffer& buffer) {
    if (buffer.fifo.empty()) return false;
    Copy& packet = buffer.fifo.front();
    const int count = static_cast<int>(packet.streams.size()), from = static_cast<int>(engine_() % count);
    for (int k = 0; k < count; ++k) {
      const auto next = [&](int s) { return p_.streams[s].route[packet.step + 1]; };
      const program::Step step = next(packet.streams[(from + k) % count]);
      std::vector<int> same, others;
      for (const int s : packet.streams) (next(s) == step ? same : others).push_back(s);
      if (!goes_on(packet, same)) continue;
      forks_ += others.empty() ? 0 : 1;
      const int flits = program::flits(platform_, p_.streams[same[0]].bytes);
      packet.streams = others;
      if (!others.empty()) return true;
      buffer.fifo.pop_front();
      buffer.room += flits;
      return true;
    }
    return false;
  }

  bool goes_on(const Copy& packet, const std::vector<int>& streams) {
    const program::Stream& first = p_.streams[streams[0]];
    const program::Step step = first.route[packet.step + 1];
    if (program::enters_router(platform_.links[step.link])) {
      Buffer& next = buffers_[first_[step.link] + step.channel];
      const int flits = program::flits(platform_, first.bytes);
      if (next.room < flits) return false;
      next.room -= flits;
      next.fifo.push_back({streams, packet.step + 1});
      return true;
    }
    // Over circuits nothing is stored on the way.
    for (const int s : streams) ++arrived_[s];
    return true;
  }

  const program::Program& p_;
  const program::Platform platform_;
  const int images_;
  const program::Multicasts multicasts_;
  std::mt19937 engine_;
  std::int64_t left_ = 0;
  int forks_ = 0;
  std::vector<std::int64_t> fired_, sent_, arrived_, freed_;
  std::map<int, program::Turns> turns_;
  std::map<int, std::int64_t> turn_;
  std::vector<std::deque<Copy>> ports_;  ///< of cores, then of the host by link
  std::vector<Buffer> buffers_;
  std::vector<std::size_t> first_;  ///< of each link: its first buffer
};

TEST(Packets, OfProgramsOfAllKindsArriveInAnyOrderOfHops) {
  constexpr int kPrograms = 40, kExecutions = 10;
  int forks = 0;
  for (int seed = 0; seed < kPrograms; ++seed) {
    const auto r = mixed_program(seed, {true, true, seed % 2 == 0, 1 + seed % 3});
    for (std::uint32_t order = 0; order < kExecutions; ++order) {
      RandomPackets packets(r);
      ASSERT_TRUE(packets.finishes(order)) << "seed " << seed << ", order " << order;
      forks += packets.forks();
    }
  }
  EXPECT_GE(forks, 3'000);
}

}  // namespace
}  // namespace phasecore::test
