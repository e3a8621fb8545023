// Random traffic through the mesh against the model that moves single flits.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "common/random.hpp"
#include "sim/chip/chip.hpp"
#include "tests/sim/chip/flit_mesh.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/chip/programs.hpp"

namespace phasecore::test {
namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) { key_.seed = seed; }
  int below(int bound) { return static_cast<int>(common::uniform_index(key_, address_++, bound)); }

 private:
  common::RandomKey key_;
  std::uint64_t address_ = 0;
};

/// Every core either sends (one firing, several packets) or receives; the receivers' times are what is
/// compared.
struct Traffic {
  Layout layout;
  ProgramBuilder builder;
  std::vector<int> senders, receivers;  ///< tasks
};

Traffic random_traffic(std::uint64_t seed) {
  Dice dice(seed);
  Traffic t;
  t.layout = mesh(2 + dice.below(4), 2 + dice.below(4));
  t.layout.chip.network.link_latency_cycles = 1 + dice.below(3);
  t.layout.chip.network.router_latency_cycles = dice.below(4);
  t.layout.chip.network.buffer_flits = 8 + dice.below(12);
  t.layout.chip.network.header_flits = dice.below(2);
  // The host's packets would turn the round robin before the traffic starts.
  t.layout.chip.host.link = config::HostLink::PerCore;
  const int cores = t.layout.cores();
  const int source = t.builder.host(1);
  for (int core = 0; core < cores; ++core) {
    // Long after the host's packets for all of them, within a few cycles of each other; answers long after
    // that.
    const bool sends = core == 0 || (core != 1 && dice.below(2) == 0);
    const Picoseconds spread = dice.below(40) * 1000;
    (sends ? t.senders : t.receivers)
        .push_back(t.builder.core(core, 1, 0, sends ? 0 : 100'000'000, 1'000'000 + spread));
  }
  const int sink = t.builder.host(1);
  for (const int sender : t.senders) t.builder.connect(source, sender, {program::kLoad, 1, 1});
  for (const int receiver : t.receivers) {
    // One packet from here and there, at least one.
    const std::size_t always = dice.below(static_cast<int>(t.senders.size()));
    for (std::size_t s = 0; s < t.senders.size(); ++s)
      if (s == always || dice.below(3) > 0)
        t.builder.connect(t.senders[s], receiver, {program::kLoad, 1 + dice.below(28), 1});
    t.builder.connect(receiver, sink, {program::kLoad, 1, 1});
  }
  for (const int sender : t.senders)
    if (t.builder.task(sender).outputs.empty()) t.builder.connect(sender, sink, {program::kLoad, 1, 1});
  return t;
}

/// The same packets by flits: when each receiver has its last one.
std::map<int, Picoseconds> by_flits(Traffic& t, const program::Activity& a) {
  const program::Program& p = t.builder.program();
  std::vector<FlitPacket> packets;
  std::vector<int> receiver_of;
  for (const int sender : t.senders)
    for (const program::Output& output : p.tasks[sender].outputs) {
      const program::Stream& stream = p.streams[output.stream];
      if (p.tasks[stream.to].core == program::kHost) continue;
      packets.push_back({p.tasks[sender].core, p.tasks[stream.to].core, t.layout.flits(stream.bytes),
                         a.tasks[sender].last_end_ps / t.layout.chip.network.clock_ps, 0});
      receiver_of.push_back(stream.to);
    }
  send_by_flits(t.layout, packets);
  std::map<int, Picoseconds> last;
  for (std::size_t i = 0; i < packets.size(); ++i)
    last[receiver_of[i]] =
        std::max(last[receiver_of[i]], packets[i].arrival * t.layout.chip.network.clock_ps);
  return last;
}

TEST(Mesh, MatchesTheFlitModelOnRandomTraffic) {
  int compared = 0, queued = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Traffic t = random_traffic(seed);
    const auto a = program::activity_from_bytes(in_child([&] {
      LaidOutChip chip(t.layout);
      return program::to_bytes(chip.run(t.builder.program(), {}));
    }));
    for (const auto& [receiver, arrival] : by_flits(t, a)) {
      ASSERT_EQ(a.tasks[receiver].first_start_ps, arrival) << "seed " << seed << ", task " << receiver;
      ++compared;
    }
    for (const auto& link : a.links)
      if (link.from != program::kHost && link.to != program::kHost) queued = std::max(queued, link.max_queue);
  }
  EXPECT_GE(compared, 300);
  EXPECT_GE(queued, 3);  // the traffic really meets
}

}  // namespace
}  // namespace phasecore::test
