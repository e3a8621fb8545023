#include "sim/program/program.hpp"

#include <gtest/gtest.h>

#include "random_program.hpp"
#include "sim/program/activity.hpp"
#include "small_program.hpp"
#include "tests/support/support.hpp"

namespace phasecore::program {
namespace {

Structure mesh(int columns, int rows) {
  Structure s = test::small_program().structure;
  s.columns = columns;
  s.rows = rows;
  s.mesh = true;
  s.host_shared = true;
  s.host_core = 0;
  s.flit_bytes = 16;
  s.header_flits = 1;
  return s;
}

TEST(Packets, HaveAHeaderAndAWholeNumberOfFlits) {
  Structure s = mesh(4, 4);
  EXPECT_EQ(flits(s, 1), 2);
  EXPECT_EQ(flits(s, 16), 2);
  EXPECT_EQ(flits(s, 17), 3);
  s.host_bytes_per_cycle = 4;
  EXPECT_EQ(host_flits(s, 17), 1 + 5);  // on the shared port, with the header
  s.host_shared = false;
  EXPECT_EQ(host_flits(s, 17), 5);
}

TEST(Hops, AreTheManhattanDistance) {
  const Structure s = mesh(4, 3);
  EXPECT_EQ(hops(s, 0, 11), 3 + 2);
  EXPECT_EQ(hops(s, 11, 0), 5);
  EXPECT_EQ(hops(s, 6, 6), 0);
}

TEST(Way, GoesAlongTheRowFirst) {
  const Structure s = mesh(4, 3);
  auto small = test::small_program();
  small.program.tasks[1].core = 0;
  small.program.tasks[2].core = 9;  // column 1, row 2
  const auto links = route_of(small.program, small.program.streams[2], s);
  ASSERT_EQ(links.size(), 3u);
  const int expected[3][2] = {{0, 1}, {1, 5}, {5, 9}};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(links[i].from, expected[i][0]);
    EXPECT_EQ(links[i].to, expected[i][1]);
    EXPECT_EQ(links[i].flits, 2);
  }
}

TEST(Way, HasOneLinkPerRandomMeshHopAndTheHostLink) {
  int checked = 0;
  for (int seed = 0; seed < 40; ++seed) {
    const auto r = test::random_program(seed, {true, false});
    for (const auto& stream : r.program.streams) {
      const int from = r.program.tasks[stream.from].core, to = r.program.tasks[stream.to].core;
      const auto links = route_of(r.program, stream, r.structure);
      int expected = 0;
      if (from != kHost && to != kHost)
        expected = hops(r.structure, from, to);
      else if (from != kHost || to != kHost)
        expected =
            1 + (r.structure.host_shared ? hops(r.structure, from == kHost ? to : from, r.structure.host_core)
                                         : 0);
      EXPECT_EQ(static_cast<int>(links.size()), expected);
      for (std::size_t i = 1; i < links.size(); ++i) EXPECT_EQ(links[i].from, links[i - 1].to);
      ++checked;
    }
  }
  EXPECT_GE(checked, 100);
}

TEST(Structure, DiffersWhenAnyFieldDiffersAlsoAsBytes) {
  const Structure base = mesh(4, 3);
  std::vector<Structure> others(16, base);
  others[0].columns = 5;
  others[1].rows = 4;
  others[2].mesh = false;
  others[3].clock_ps = 999;
  others[4].flit_bytes = 8;
  others[5].header_flits = 0;
  others[6].link_latency = 2;
  others[7].router_latency = 9;
  others[8].buffer_flits = 77;
  others[9].host_shared = false;
  others[10].host_core = 3;
  others[11].host_clock_ps = 1001;
  others[12].host_bytes_per_cycle = 5;
  others[13].host_latency = 6;
  others[14].links.clear();
  others[15].links.push_back({1, 0});
  for (std::size_t i = 0; i < others.size(); ++i) {
    EXPECT_FALSE(others[i] == base) << i;
    EXPECT_TRUE(structure_from_bytes(to_bytes(others[i])) == others[i]) << i;
  }
  EXPECT_TRUE(Structure(base) == base);
}

TEST(Bytes, GiveTheSameProgramBack) {
  for (int seed = 0; seed < 20; ++seed) {
    const auto r = test::random_program(seed, {seed % 2 == 0, true});
    const std::string bytes = to_bytes(r.program);
    const Program back = program_from_bytes(bytes);
    EXPECT_EQ(to_bytes(back), bytes);
    EXPECT_EQ(back.tasks.size(), r.program.tasks.size());
    EXPECT_EQ(back.streams.back().bytes, r.program.streams.back().bytes);
    EXPECT_EQ(back.tasks.back().inputs.back().need, r.program.tasks.back().inputs.back().need);
  }
}

TEST(Bytes, ThatAreCutOrTooManyAreRefused) {
  const std::string bytes = to_bytes(test::small_program().program);
  for (std::size_t n = 0; n < bytes.size(); n += 7)
    EXPECT_THROW(program_from_bytes(bytes.substr(0, n)), common::InternalError) << n;
  EXPECT_THROW(program_from_bytes(bytes + "x"), common::InternalError);
}

}  // namespace
}  // namespace phasecore::program
