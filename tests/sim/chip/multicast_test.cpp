// Tokens for several receivers: one packet as far as they are on the same way, by hand and in both engines.
#include <gtest/gtest.h>

#include <map>

#include "common/diagnostics.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/chip/ways.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/chip/programs.hpp"

namespace phasecore::test {
namespace {

using program::Activity;
using program::kLoad;

Activity on_chip(const program::Program& p, const program::Platform& platform, int images = 1) {
  return program::activity_from_bytes(in_child([&] {
    chip::Chip silicon(platform);
    chip::RunOptions options;
    options.images = images;
    return program::to_bytes(silicon.run(p, options));
  }));
}

void expect_equal_times(const Activity& a, const Activity& b) {
  EXPECT_EQ(a.end_ps, b.end_ps);
  for (std::size_t t = 0; t < a.tasks.size(); ++t) {
    EXPECT_EQ(a.tasks[t].first_start_ps, b.tasks[t].first_start_ps) << "task " << t;
    EXPECT_EQ(a.tasks[t].last_end_ps, b.tasks[t].last_end_ps) << "task " << t;
  }
}

std::int64_t packets(const Activity& a, int from, int to) {
  for (const auto& link : a.links)
    if (link.from == from && link.to == to) return link.packets;
  return 0;
}

/// Source -> sender on core 0 -> a receiver on each of `cores`, with `bytes` per token -> sink.
struct FanOut : ProgramBuilder {
  FanOut(int firings, const std::vector<int>& cores, int bytes, int capacity = 2) {
    source = host(firings);
    sender = core(0, firings, 0, 10000, 1000);
    connect(source, sender, {kLoad, 1, 2});
    for (const int at : cores) receivers.push_back(core(at, firings, 0, 10000, 1000));
    sink = host(firings);
    for (const int task : receivers) streams.push_back(connect(sender, task, {kLoad, bytes, capacity}));
    for (const int task : receivers) connect(task, sink, {kLoad, 1, 2});
  }
  program::Program together(const Layout& layout) {
    program::Program p = on(layout);
    p.multicasts = {{streams}};
    return p;
  }
  int source, sender, sink;
  std::vector<int> receivers, streams;
};

TEST(Ways, OfATreeGoOnFromTheirForks) {
  using chip::Turn;
  const std::vector<std::vector<Turn>> ways = {
      {{0, 0}, {4, 0}}, {{0, 0}, {0, 1}, {4, 0}}, {{0, 0}, {0, 1}, {3, 0}, {4, 0}}, {{0, 0}, {4, 0}}};
  const std::vector<Turn> tree = chip::tree_of(ways);
  ASSERT_TRUE(tree[0] == ways[0][0]);
  ASSERT_TRUE(chip::is_fork(tree[1]));
  ASSERT_EQ(tree[1].channel, 2);  // two of the four ways are the same
  EXPECT_TRUE(*chip::branch(&tree[1], 0) == (Turn{4, 0}));
  const Turn* on = chip::branch(&tree[1], 1);
  EXPECT_TRUE(on[0] == (Turn{0, 1}));
  ASSERT_TRUE(chip::is_fork(on[1]));
  EXPECT_TRUE(*chip::branch(on + 1, 0) == (Turn{4, 0}));
  EXPECT_TRUE(chip::branch(on + 1, 1)[0] == (Turn{3, 0}));
  EXPECT_TRUE(chip::branch(on + 1, 1)[1] == (Turn{4, 0}));
}

TEST(Multicast, SendsOnePacketOverEveryLinkOfTheTree) {
  const Layout layout = mesh(3, 2);
  FanOut b(3, {1, 2, 4, 5}, 8);
  const program::Program p = b.together(layout);
  const Activity paper = analytic::run(p, layout.platform(), 2), chip = on_chip(p, layout.platform(), 2);
  for (const Activity* a : {&paper, &chip})
    for (const auto& [from, to, per_image] :
         {std::array{0, 1, 3}, {1, 2, 3}, {1, 4, 3}, {2, 5, 3}, {0, 3, 0}, {4, 5, 0}})
      EXPECT_EQ(packets(*a, from, to), 2 * per_image) << from << " -> " << to;
  EXPECT_EQ(chip.stream_tokens, paper.stream_tokens);
  // Separate streams send each token once more over every link that their ways share.
  EXPECT_EQ(packets(on_chip(b.on(layout), layout.platform(), 2), 0, 1), 4 * 2 * 3);
}

TEST(Multicast, LetsAllReceiversHaveTheTokenAtTheTimeOfItsOnlyPacket) {
  const Layout layout = mesh(3, 1);
  FanOut b(1, {1, 2}, 16);
  const program::Program p = b.together(layout);
  const Activity paper = analytic::run(p, layout.platform(), 1), chip = on_chip(p, layout.platform());
  expect_equal_times(chip, paper);
  // Source's token at 4 ns, 11 ns of work, 4 flits: 7 cycles of the head to core 1 and 10 to core 2, 3 to the
  // tail.
  EXPECT_EQ(chip.tasks[b.receivers[0]].first_start_ps, 4000 + 11000 + 10000);
  EXPECT_EQ(chip.tasks[b.receivers[1]].first_start_ps, 4000 + 11000 + 13000);
  const Activity separate = on_chip(b.on(layout), layout.platform());
  EXPECT_EQ(separate.tasks[b.receivers[1]].first_start_ps, 4000 + 11000 + 13000 + 4000);
}

TEST(Multicast, ServesTasksOnOneCoreAndTheHostWithOnePacketEach) {
  const Layout layout = mesh(2, 2);
  FanOut b(2, {3, 3}, 8);
  b.streams.push_back(b.connect(b.sender, b.sink, {kLoad, 8, 2}));
  program::Program p = b.together(layout);
  p.orders = {{3, {{b.receivers[0], 0}, {b.receivers[1], 0}}, {0, 1, 0, 1}}};
  const Activity paper = analytic::run(p, layout.platform(), 2), chip = on_chip(p, layout.platform(), 2);
  expect_equal_times(chip, paper);
  EXPECT_EQ(packets(chip, 1, 3), 4);
  EXPECT_EQ(packets(chip, 0, program::kHost), 4 + 2 * 4);  // and what the two receivers send
  for (const int stream : b.streams) EXPECT_EQ(chip.stream_tokens[stream], 4);
}

TEST(Multicast, WaitsForTheSlowestReceiver) {
  const Layout layout = mesh(3, 1);
  FanOut b(8, {1, 2}, 4, 1);
  b.visit(b.receivers[1], program::kCrossbar).duration_ps = 100'000;
  const program::Program p = b.together(layout);
  const Activity paper = analytic::run(p, layout.platform(), 1), chip = on_chip(p, layout.platform());
  expect_equal_times(chip, paper);
  // The slow one takes 101 ns; the sender is one buffer and one register ahead of it, the quick one no more.
  EXPECT_GT(chip.tasks[b.receivers[0]].last_end_ps, chip.tasks[b.receivers[0]].first_start_ps + 6 * 101'000);
}

/// The fork of core 0's packets for cores 2 and 4 is the router of core 1, whose link to core 2 another
/// packet of 16 flits takes just before.
TEST(Multicast, LetsACopyGoOnWhileAnotherIsHeldUp) {
  const Layout layout = mesh(3, 2);
  FanOut b(1, {4, 2}, 4);
  b.visit(b.sender, program::kCrossbar).duration_ps = 14'000;
  const int other = b.core(1, 1, 0, 10000, 1000), late = b.core(5, 1, 0, 10000, 1000);
  b.connect(b.source, other, {kLoad, 1, 2});
  b.connect(other, late, {kLoad, 64, 2});
  b.connect(late, b.sink, {kLoad, 1, 2});
  const program::Program p = b.together(layout);
  const Activity paper = analytic::run(p, layout.platform(), 1), chip = on_chip(p, layout.platform());
  EXPECT_EQ(chip.tasks[b.receivers[0]].first_start_ps, paper.tasks[b.receivers[0]].first_start_ps);
  EXPECT_GE(chip.tasks[b.receivers[1]].first_start_ps, paper.tasks[b.receivers[1]].first_start_ps + 10'000);
}

TEST(Multicast, IsATransferForEachReceiverOverCircuitsAndLinksOfTheHost) {
  Layout layout = chain_of_links(3);
  FanOut b(1, {1, 2}, 4);
  const program::Program p = b.together(layout);
  const Activity paper = analytic::run(p, layout.platform(), 1), chip = on_chip(p, layout.platform());
  expect_equal_times(chip, paper);
  EXPECT_EQ(packets(chip, 0, 1), 2);
  EXPECT_EQ(packets(chip, 1, 2), 1);
}

TEST(Multicast, ForksAlsoInRoutersThatStoreForOneOfItsCopies) {
  Layout layout = mesh(3, 1);
  config::Chips& chips = layout.chip.chips.emplace();
  chips.count = 2;
  chips.link_clock_ps = 700;
  chips.link_bytes_per_cycle = 2;
  chips.link_latency_cycles = 9;
  FanOut b(1, {2, 4, 1}, 16);  // core 2 is at the gate, core 4 on the other chip
  const program::Program p = b.together(layout);
  const Activity paper = analytic::run(p, layout.platform(), 1), chip = on_chip(p, layout.platform());
  for (const int task : b.receivers)
    EXPECT_EQ(chip.tasks[task].first_start_ps, paper.tasks[task].first_start_ps) << "task " << task;
  EXPECT_EQ(packets(chip, 0, 1), 1);
  EXPECT_EQ(packets(chip, 2, 3), 1);
}

/// What every input is given, token by token.
class Recorder : public program::TaskFunctions {
 public:
  explicit Recorder(const program::Program& p) : p_(p) {}
  void receive(int task, int input, int image, int index, const program::Payload& payload) override {
    const program::Stream& s = p_.streams[p_.tasks[task].inputs[input].stream];
    const int sent = image * s.tokens + index - s.initial_tokens;
    if (s.from == 1 && sent >= 0 && payload != program::Payload{static_cast<std::int8_t>(sent)}) ++wrong;
    received += s.from == 1;
  }
  std::vector<program::Payload> fire(int task, int image, int firing) override {
    const auto& t = p_.tasks[task];
    return std::vector<program::Payload>(t.outputs.size(),
                                         {static_cast<std::int8_t>(image * t.firings + firing)});
  }
  int wrong = 0, received = 0;

 private:
  const program::Program& p_;
};

TEST(Multicast, GivesEveryReceiverTheValueAlsoWhereAStateIsReadOneStepLater) {
  const Layout layout = mesh(3, 1);
  FanOut b(4, {1, 2}, 4, 3);
  ASSERT_EQ(b.sender, 1);
  b.stream(b.streams[1]).initial_tokens = 1;
  b.streams.push_back(b.connect(b.sender, b.sender, {program::kDigital, 4, 3}));
  b.stream(b.streams[2]).initial_tokens = 1;
  const program::Program p = b.together(layout);
  const std::string said = in_child([&] {
    Recorder values(p);
    chip::Chip silicon(layout.platform());
    chip::RunOptions options;
    options.images = 2;
    options.functions = &values;
    silicon.run(p, options);
    return std::to_string(values.wrong) + " of " + std::to_string(values.received);
  });
  // 8 each; where the first image has an initial token the last of those sent belongs to no image.
  EXPECT_EQ(said, "0 of 24");
}

}  // namespace
}  // namespace phasecore::test
