// Mean latency against load: the mesh of the chip against routers that move every flit in every cycle, up to
// 60 % of saturation. The table of docs/model/cycle-level.md is printed by this test:
// PHASECORE_PRINT_LOADS=1.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <sstream>
#include <systemc>

#include "common/random.hpp"
#include "sim/chip/chip.hpp"
#include "tests/sim/chip/flit_mesh.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/chip/programs.hpp"

namespace phasecore::test {
namespace {

constexpr int kSide = 6, kSlots = 400, kSlotCycles = 5;

/// Where core `from` sends; `number`: one in [0, 1).
using Pattern = int (*)(int from, double number);

int anywhere(int from, double number) {
  const int other = static_cast<int>(number * (kSide * kSide - 1));
  return other >= from ? other + 1 : other;
}
int transposed(int from, double number) {
  const int to = from % kSide * kSide + from / kSide;
  return to == from ? anywhere(from, number) : to;
}
/// A fifth of all packets to one core.
int hot_spot(int from, double number) {
  constexpr int kHot = kSide * (kSide / 2) + kSide / 2;
  return number < 0.2 && from != kHot ? kHot
                                      : anywhere(from, number < 0.2 ? number * 5 : (number - 0.2) / 0.8);
}

struct Load {
  Pattern pattern;
  double packets_per_slot;  ///< of each core
  int buffer_flits;
};

/// Every core sends in each slot with a probability, a packet of 2 to 5 flits, and takes what comes.
class Traffic {
 public:
  explicit Traffic(const Load& load) : layout_(mesh(kSide, kSide)) {
    layout_.chip.network.router_latency_cycles = 3;
    layout_.chip.network.header_flits = 1;
    layout_.chip.network.buffer_flits = load.buffer_flits;
    layout_.chip.host.link = config::HostLink::PerCore;
    draw(load);
    const int source = builder_.host(1);
    for (int core = 0; core < layout_.cores(); ++core) add_core(source, core);
    const int sink = builder_.host(1);
    for (const auto& [ends, masks] : emits_)
      for (std::size_t flits = 0; flits < masks.size(); ++flits)
        if (!masks[flits].empty()) connect(ends.first, ends.second, static_cast<int>(flits), masks[flits]);
    for (const int core : cores_)
      builder_.connect(core, sink, all_of(1, std::vector<std::uint8_t>(kSlots + 1, 0)));
    for (const int core : cores_) builder_.task(core).outputs.back().emits.back() = 1;
    for (auto& stream : streams_to_host()) stream->tokens = stream->capacity = 1;
  }

  /// Of every packet: source, target, flits, and the cycles in which it was ready and in which it had
  /// arrived.
  std::vector<FlitPacket> on_chip() {
    std::istringstream text(in_child([&] {
      Clock clock(builder_.program());
      LaidOutChip chip(layout_);
      chip::RunOptions options;
      options.functions = &clock;
      chip.run(builder_.program(), options);
      return clock.text();
    }));
    std::vector<FlitPacket> packets;
    int stream = 0;
    for (FlitPacket p; text >> stream >> p.ready >> p.arrival;) {
      const program::Stream& s = builder_.stream(stream);
      const program::Program& program = builder_.program();
      p.source = program.tasks[s.from].core;
      p.target = program.tasks[s.to].core;
      if (p.source == program::kHost || p.target == program::kHost) continue;
      p.flits = layout_.flits(s.bytes);
      p.ready /= layout_.chip.network.clock_ps;
      p.arrival /= layout_.chip.network.clock_ps;
      packets.push_back(p);
    }
    return packets;
  }

  const Layout& layout() const { return layout_; }

 private:
  /// Looks at the time when firings end and tokens come.
  class Clock : public program::TaskFunctions {
   public:
    explicit Clock(const program::Program& program) : program_(program), sent_(program.streams.size()) {}
    static long now() { return static_cast<long>(sc_core::sc_time_stamp().value()); }
    void receive(int task, int input, int /*image*/, int index,
                 const program::Payload& /*payload*/) override {
      const int stream = program_.tasks[task].inputs[input].stream;
      text_ << stream << ' ' << sent_[stream].at(index) << ' ' << now() << '\n';
    }
    std::vector<program::Payload> fire(int task, int /*image*/, int firing) override {
      for (const program::Output& output : program_.tasks[task].outputs)
        if (program::emits(output, firing)) sent_[output.stream].push_back(now());
      return std::vector<program::Payload>(program_.tasks[task].outputs.size());
    }
    std::string text() const { return text_.str(); }

   private:
    const program::Program& program_;
    std::vector<std::vector<long>> sent_;
    std::ostringstream text_;
  };

  void draw(const Load& load) {
    common::RandomKey key;
    key.seed = 5;
    std::uint64_t at = 0;
    const auto number = [&] {
      return common::uniform_index(key, at++, 1 << 20) / static_cast<double>(1 << 20);
    };
    for (int core = 0; core < layout_.cores(); ++core)
      for (int slot = 0; slot < kSlots; ++slot) {
        if (number() >= load.packets_per_slot) continue;
        auto& masks = emits_[{core, load.pattern(core, number())}];
        masks.resize(6);
        std::vector<std::uint8_t>& mask = masks[2 + static_cast<int>(number() * 4)];
        mask.resize(kSlots + 1);
        mask[slot] = 1;
      }
  }

  /// A firing per slot, and one that has all that came.
  void add_core(int source, int core) {
    const int task = builder_.core(core, kSlots + 1, 0, 0, kSlotCycles * layout_.chip.network.clock_ps);
    builder_.visit(task, program::kDigital).registers =
        kSlots;  // packets wait in the core, as long as they must
    cores_.push_back(task);
    builder_.connect(source, task, all_of(1, {}));
  }

  static ProgramBuilder::Link all_of(int tokens, std::vector<std::uint8_t> emits) {
    ProgramBuilder::Link link;
    link.bytes = 4;
    link.emits = std::move(emits);
    link.capacity = 1;
    if (!link.emits.empty()) return link;
    link.need.assign(kSlots + 1, tokens);
    link.release.assign(kSlots + 1, 0);
    link.release.back() = tokens;
    return link;
  }

  void connect(int from, int to, int flits, const std::vector<std::uint8_t>& mask) {
    ProgramBuilder::Link link;
    link.unit = program::kDigital;
    link.bytes = 4 * (flits - 1);
    link.emits = mask;
    link.capacity = static_cast<int>(std::count(mask.begin(), mask.end(), 1));
    link.need.assign(kSlots + 1, 0);
    link.need.back() = link.capacity;
    link.release = link.need;
    builder_.connect(cores_[from], cores_[to], link);
  }

  std::vector<program::Stream*> streams_to_host() {
    std::vector<program::Stream*> streams;
    for (const int core : cores_)
      streams.push_back(&builder_.stream(builder_.task(core).outputs.back().stream));
    return streams;
  }

  Layout layout_;
  ProgramBuilder builder_;
  std::vector<int> cores_;
  std::map<std::pair<int, int>, std::vector<std::vector<std::uint8_t>>> emits_;  ///< by ends, by flits
};

/// Of the packets that were ready in the middle of the run.
double mean_latency(const std::vector<FlitPacket>& packets, const std::vector<FlitPacket>& times) {
  long first = std::numeric_limits<long>::max(), last = 0;
  for (const FlitPacket& p : packets) first = std::min(first, p.ready), last = std::max(last, p.ready);
  const long margin = (last - first) / 5;
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (packets[i].ready < first + margin || packets[i].ready > last - margin) continue;
    sum += static_cast<double>(times[i].arrival - packets[i].ready);
    ++count;
  }
  return sum / count;
}

struct Latencies {
  double chip = 0, cut_through = 0, wormhole = 0;
  std::size_t packets = 0;
};

Latencies latencies(const Load& load) {
  Traffic traffic(load);
  std::vector<FlitPacket> packets = traffic.on_chip();
  // A core sends in the order in which packets were ready.
  std::stable_sort(packets.begin(), packets.end(),
                   [](const auto& a, const auto& b) { return a.ready < b.ready; });
  std::vector<FlitPacket> cut_through = packets, wormhole = packets;
  send_by_flits(traffic.layout(), cut_through, Switching::CutThrough);
  send_by_flits(traffic.layout(), wormhole, Switching::Wormhole);
  return {mean_latency(packets, packets), mean_latency(packets, cut_through), mean_latency(packets, wormhole),
          packets.size()};
}

/// Packets per slot of each core beyond which the mean latency is more than three times that of an empty
/// mesh.
double saturation(Pattern pattern, int buffer_flits) {
  const double empty = latencies({pattern, 0.01, buffer_flits}).cut_through;
  double below = 0.01, above = 1;
  while (above - below > 0.02) {
    const double middle = (below + above) / 2;
    (latencies({pattern, middle, buffer_flits}).cut_through > 3 * empty ? above : below) = middle;
  }
  return below;
}

struct Case {
  const char* name;
  Pattern pattern;
  int buffer_flits;
};

class MeanLatency : public testing::TestWithParam<Case> {};

TEST_P(MeanLatency, IsThatOfRoutersThatMoveFlits) {
  const Case& c = GetParam();
  const double full = saturation(c.pattern, c.buffer_flits);
  EXPECT_LT(full, 0.95) << "the traffic saturates nothing";
  const bool print = std::getenv("PHASECORE_PRINT_LOADS") != nullptr;
  for (const double part : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}) {
    const Latencies l = latencies({c.pattern, part * full, c.buffer_flits});
    if (print)
      std::printf("| %s | %d | %.0f %% | %zu | %.2f | %.2f (%+.2f %%) | %.2f (%+.2f %%) |\n", c.name,
                  c.buffer_flits, 100 * part, l.packets, l.chip, l.cut_through,
                  100 * (l.chip / l.cut_through - 1), l.wormhole, 100 * (l.chip / l.wormhole - 1));
    EXPECT_NEAR(l.chip, l.cut_through, 0.001 * l.cut_through) << part;
    // With room for one packet and a half a packet that waits for all of its room is seen.
    const double most = c.buffer_flits >= 32 ? 0.001 : part <= 0.4 ? 0.05 : 0.12;
    EXPECT_NEAR(l.chip, l.wormhole, most * l.wormhole) << part;
  }
}

INSTANTIATE_TEST_SUITE_P(OfAMesh, MeanLatency,
                         testing::Values(Case{"uniform", anywhere, 8}, Case{"uniform", anywhere, 32},
                                         Case{"transpose", transposed, 8}, Case{"hot spot", hot_spot, 8}),
                         [](const auto& c) { return "Case" + std::to_string(c.index); });

}  // namespace
}  // namespace phasecore::test
