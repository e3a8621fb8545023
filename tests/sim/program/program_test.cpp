#include "sim/program/program.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "random_program.hpp"
#include "sim/program/activity.hpp"
#include "small_program.hpp"
#include "tests/support/support.hpp"

namespace phasecore::program {
namespace {

test::Layout mesh(int columns, int rows) {
  test::Layout layout = test::small_program().layout;
  layout.chip.grid = {columns, rows};
  layout.chip.network.topology = "mesh";
  layout.chip.network.flit_bytes = 16;
  layout.chip.network.header_flits = 1;
  layout.chip.network.buffer_flits = 64;
  layout.chip.host.link = config::HostLink::Shared;
  return layout;
}

TEST(Packets, HaveAHeaderAndAWholeNumberOfFlits) {
  test::Layout layout = mesh(4, 4);
  const Platform p = layout.platform();
  EXPECT_EQ(flits(p, 1), 2);
  EXPECT_EQ(flits(p, 16), 2);
  EXPECT_EQ(flits(p, 17), 3);
  EXPECT_EQ(flits(p.links[0], 17), 1 + 5);  // on the shared port of 4 bytes, with the header
  layout.chip.host.link = config::HostLink::PerCore;
  EXPECT_EQ(flits(layout.platform().links[0], 17), 5);
}

TEST(Platform, DiffersWhenAnyFieldDiffersAlsoAsBytes) {
  const Platform base = mesh(4, 3).platform();
  std::vector<std::function<void(Platform&)>> changes = {
      [](Platform& p) { p.flit_bytes = 8; },
      [](Platform& p) { p.header_flits = 0; },
      [](Platform& p) { p.cores.pop_back(); },
      [](Platform& p) { p.cores[1].chip = 1; },
      [](Platform& p) { p.cores[1].x = 2; },
      [](Platform& p) { p.cores[1].y = 2; },
      [](Platform& p) { p.links.pop_back(); },
      [](Platform& p) { p.links[5].kind = LinkKind::OffChip; },
      [](Platform& p) { p.links[5].from += 1; },
      [](Platform& p) { p.links[5].to += 1; },
      [](Platform& p) { p.links[5].from_port += 1; },
      [](Platform& p) { p.links[5].to_port += 1; },
      [](Platform& p) { p.links[5].clock_ps += 1; },
      [](Platform& p) { p.links[5].bytes_per_cycle += 1; },
      [](Platform& p) { p.links[5].header_flits += 1; },
      [](Platform& p) { p.links[5].latency_ps += 1; },
      [](Platform& p) { p.links[5].router_ps += 1; },
      [](Platform& p) { p.links[5].credit_ps += 1; },
      [](Platform& p) { p.links[5].buffer_flits += 1; },
      [](Platform& p) { p.links[5].channels += 1; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Platform other = base;
    changes[i](other);
    EXPECT_FALSE(other == base) << i;
    EXPECT_TRUE(platform_from_bytes(to_bytes(other)) == other) << i;
  }
  EXPECT_TRUE(Platform(base) == base);
}

TEST(Bytes, GiveTheSameProgramBack) {
  for (int seed = 0; seed < 20; ++seed) {
    auto r = test::random_program(seed, {seed % 2 == 0, true});
    r.program.streams.back().signal = true;
    const std::string bytes = to_bytes(r.program);
    const Program back = program_from_bytes(bytes);
    EXPECT_EQ(to_bytes(back), bytes);
    EXPECT_EQ(back.tasks.size(), r.program.tasks.size());
    EXPECT_EQ(back.streams.back().bytes, r.program.streams.back().bytes);
    EXPECT_TRUE(back.streams.back().signal);
    EXPECT_EQ(back.streams.back().route, r.program.streams.back().route);
    EXPECT_EQ(back.tasks.back().inputs.back().need, r.program.tasks.back().inputs.back().need);
  }
}

TEST(Bytes, ThatAreCutOrTooManyAreRefused) {
  const std::string bytes = to_bytes(test::small_program().program);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_THROW(program_from_bytes(bytes.substr(0, n)), common::InternalError) << n;
  EXPECT_THROW(program_from_bytes(bytes + "x"), common::InternalError);
  const std::string platform = to_bytes(test::small_program().platform());
  for (std::size_t n = 0; n < platform.size(); ++n)
    EXPECT_THROW(platform_from_bytes(platform.substr(0, n)), common::InternalError) << n;
  EXPECT_THROW(platform_from_bytes(platform + "x"), common::InternalError);
}

}  // namespace
}  // namespace phasecore::program
