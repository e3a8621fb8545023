#include "random_program.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "link_use.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/program/activity.hpp"

namespace phasecore {
namespace {

constexpr int kSeeds = 120;

TEST(RandomProgram, GivesTheSameProgramForTheSameSeedAndAnotherForAnother) {
  for (const bool mesh : {false, true}) {
    const auto a = test::random_program(5, {mesh, false}), b = test::random_program(5, {mesh, false});
    EXPECT_EQ(program::to_bytes(a.program), program::to_bytes(b.program));
    EXPECT_TRUE(a.platform() == b.platform());
    EXPECT_EQ(a.images, b.images);
    EXPECT_NE(program::to_bytes(a.program),
              program::to_bytes(test::random_program(6, {mesh, false}).program));
  }
}

/// What a set of random programs has to contain, or tests with them show little.
struct Coverage {
  int programs = 0, cores = 0, chains = 0, skips = 0, pools = 0, relays = 0, several_images = 0,
      streaming = 0;
  int fan_out = 0, unneeded = 0;
  std::array<int, program::kStalls> stalled{};  ///< programs in which a core waits for that
};

Coverage cover(const test::RandomOptions& options) {
  Coverage c;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const auto r = test::random_program(seed, options);
    EXPECT_EQ(test::nobody_meets(r.program, r.platform(), r.images), !options.contended) << "seed " << seed;
    ++c.programs;
    c.several_images += r.images > 1;
    const auto& p = r.program;
    const auto any_stream = [&](auto is) { return std::any_of(p.streams.begin(), p.streams.end(), is); };
    const auto any_task = [&](auto is) { return std::any_of(p.tasks.begin(), p.tasks.end(), is); };
    c.chains += any_stream([](const program::Stream& s) { return s.partial_sum; });
    c.streaming += any_stream([](const program::Stream& s) { return s.streaming; });
    c.cores +=
        std::count_if(p.tasks.begin(), p.tasks.end(), [](const auto& t) { return t.core != program::kHost; });
    c.relays += std::count_if(p.tasks.begin(), p.tasks.end(),
                              [](const auto& t) { return t.core == program::kHost; }) > 2;
    c.fan_out += any_task([](const program::Task& t) { return t.outputs.size() > 1; });
    c.pools += any_task([](const program::Task& t) {
      return std::any_of(t.outputs.begin(), t.outputs.end(), [](const auto& o) { return !o.emits.empty(); });
    });
    const auto activity = analytic::run(p, r.platform(), r.images);
    for (int cause = 0; cause < program::kStalls; ++cause)
      c.stalled[cause] += std::any_of(activity.cores.begin(), activity.cores.end(),
                                      [&](const auto& core) { return core.stalled_ps[cause] > 0; });
    c.skips += any_task([&](const program::Task& t) {
      return std::any_of(t.inputs.begin(), t.inputs.end(), [&](const program::Input& in) {
        return t.core != program::kHost && in.visit == program::kDigital && !p.streams[in.stream].partial_sum;
      });
    });
    c.unneeded += any_task([&](const program::Task& t) {
      return std::any_of(t.inputs.begin(), t.inputs.end(), [&](const program::Input& in) {
        return in.need.back() < p.streams[in.stream].tokens;
      });
    });
  }
  return c;
}

void expect_variety(const Coverage& c) {
  EXPECT_EQ(c.programs, kSeeds);
  EXPECT_GE(c.cores, 2 * kSeeds);
  for (const int with : {c.chains, c.pools, c.several_images, c.fan_out, c.unneeded}) EXPECT_GE(with, 15);
  EXPECT_GE(c.skips, 5);
  for (const auto cause : {program::Stall::Input, program::Stall::PartialSum, program::Stall::Memory})
    EXPECT_GE(c.stalled[static_cast<int>(cause)], 15) << program::name_of(cause);
}

TEST(RandomProgram, OnAMeshWithoutContentionHasEveryMechanism) {
  expect_variety(cover({true, false}));
}
TEST(RandomProgram, OnAMeshWithContentionHasEveryMechanism) {
  expect_variety(cover({true, true}));
}
TEST(RandomProgram, OnDedicatedLinksWithoutContentionHasEveryMechanism) {
  const Coverage c = cover({false, false});
  expect_variety(c);
  EXPECT_GE(c.streaming, 15);
  EXPECT_GE(c.relays, 15);
}
TEST(RandomProgram, OnDedicatedLinksWithContentionHasEveryMechanism) {
  const Coverage c = cover({false, true});
  expect_variety(c);
  EXPECT_GE(c.streaming, 15);
  EXPECT_GE(c.relays, 15);
}

}  // namespace
}  // namespace phasecore
