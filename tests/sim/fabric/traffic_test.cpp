// Traffic that fills every buffer: it ends, and in no less time than on paper.
#include <gtest/gtest.h>

#include "sim/analytic/analytic.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/chip/programs.hpp"

namespace phasecore::test {
namespace {

/// Every core sends to every other at once, in packets as large as the buffers.
struct AllToAll : ProgramBuilder {
  AllToAll(int cores, int packets) {
    const int source = host(1);
    std::vector<int> senders;
    for (int core = 0; core < cores; ++core) {
      senders.push_back(this->core(core, packets + 1, 0, 0, 1));
      connect(source, senders.back(), all_of(1, packets + 1));
    }
    const int sink = host(1);
    for (const int from : senders)
      for (const int to : senders) {
        Link link;
        link.unit = program::kDigital;
        link.bytes = 64;
        link.capacity = packets;
        link.emits = std::vector<std::uint8_t>(packets + 1, 1);
        link.emits.back() = 0;
        link.need.assign(packets + 1, 0);
        link.need.back() = packets;
        link.release = link.need;
        if (from != to) connect(from, to, link);
      }
    for (const int from : senders) {
      Link last;
      last.emits = std::vector<std::uint8_t>(packets + 1, 0);
      last.emits.back() = 1;
      connect(from, sink, last);
    }
  }
  static Link all_of(int tokens, int firings) {
    Link link;
    link.need.assign(firings, tokens);
    link.release.assign(firings, 0);
    link.release.back() = tokens;
    return link;
  }
};

TEST(Torus, EndsTrafficThatFillsEveryBuffer) {
  for (const auto& [columns, rows] : {std::pair{5, 1}, {4, 4}, {3, 5}}) {
    Layout layout = mesh(columns, rows);
    layout.chip.network.topology = "torus";
    AllToAll traffic(columns * rows, 6);
    const program::Program program = traffic.on(layout);
    const program::Activity bound = analytic::run(program, layout.platform(), 1);
    const auto run = program::activity_from_bytes(in_child([&] {
      chip::Chip chip(layout.platform());
      return program::to_bytes(chip.run(program, {}));
    }));
    EXPECT_GT(run.end_ps, bound.end_ps);
    int queued = 0;
    for (const auto& link : run.links) queued = std::max(queued, link.max_queue);
    EXPECT_GE(queued, 3);
  }
}

TEST(Torus, IsFasterThanTheMeshUnderTheSameTraffic) {
  const auto end = [](const std::string& topology) {
    Layout layout = mesh(6, 6);
    layout.chip.network.topology = topology;
    AllToAll traffic(36, 2);
    return program::activity_from_bytes(in_child([&] {
             chip::Chip chip(layout.platform());
             return program::to_bytes(chip.run(traffic.on(layout), {}));
           }))
        .end_ps;
  };
  EXPECT_LT(end("torus"), 0.8 * static_cast<double>(end("mesh")));
}

}  // namespace
}  // namespace phasecore::test
