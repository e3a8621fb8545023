// Topologies that the library does not know, added from outside. A torus in two files (outside_topology/):
// its links and ways, and its name. And, here, one ring through all cores, along the rows in alternating
// direction. Networks are mapped on them, and both engines run them.
#include <gtest/gtest.h>

#include "common/diagnostics.hpp"
#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/chip/chip.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/program/activity.hpp"
#include "sim/program/check_routes.hpp"
#include "tests/sim/chip/forked.hpp"
#include "tests/sim/chip/programs.hpp"
#include "tests/sim/fabric/all_pairs.hpp"
#include "tests/sim/fabric/outside_topology/known.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::test {
namespace {

class SnakeRing : public fabric::RouterGrid {
 public:
  explicit SnakeRing(const config::Chip& chip) : RouterGrid(chip) {
    for (int y = 0; y < rows(); ++y)
      for (int x = 0; x < columns(); ++x)
        ring_.push_back(y * columns() + (y % 2 == 0 ? x : columns() - 1 - x));
    for (std::size_t i = 0; i < ring_.size(); ++i) join(ring_[i], kEast, ring_[(i + 1) % ring_.size()], 2);
  }

 private:
  /// One way round; from the link that closes the ring on, by the second channel.
  void walk(int from, int to, program::Route& way) const override {
    int channel = 0;
    for (int at = from; at != to;) {
      if (at == ring_.back()) channel = 1;
      at = step(at, kEast, channel, way);
    }
  }
  std::vector<int> ring_;
};

program::Activity on_chip(const program::Program& p, const program::Platform& platform, int images) {
  return program::activity_from_bytes(in_child([&] {
    chip::Chip silicon(platform);
    chip::RunOptions options;
    options.images = images;
    return program::to_bytes(silicon.run(p, options));
  }));
}

TEST(OutsideTorus, RunsANetworkInBothEnginesByTheNameInItsChip) {
  config::Chip chip = config::load_chip("hermes-mesh");
  chip.network.topology = "one-way-torus";
  const auto fabric = fabric::make(chip, known_topologies());
  const auto built = mapping::build_program(mapping::map(graph::fold(resnet8()), chip), chip, *fabric);
  constexpr int kImages = 3;
  const program::Activity bound = analytic::run(built.program, fabric->platform(), kImages);
  const program::Activity run = on_chip(built.program, fabric->platform(), kImages);
  ASSERT_EQ(run.image_end_ps.size(), 3u);
  for (int image = 0; image < kImages; ++image) EXPECT_GE(run.image_end_ps[image], bound.image_end_ps[image]);
}

TEST(OutsideTorus, LeadsFromEveryPlaceToEveryOtherWithoutACircle) {
  config::Chip chip = config::load_chip("hermes-mesh");
  const OneWayTorus torus(chip);
  program::check(torus.platform());
  program::check_routes(all_pairs(torus), torus.platform());
}

TEST(OutsideTorus, IsRefusedBeforeItRunsIfItsPacketsCouldWaitInACircle) {
  config::Chip chip = config::load_chip("hermes-mesh");
  const OneWayTorus torus(chip, false);
  try {
    program::check_routes(all_pairs(torus), torus.platform());
    ADD_FAILURE() << "rings without a dateline are accepted";
  } catch (const common::InternalError& e) {
    EXPECT_NE(std::string(e.what()).find("wait for each other in a circle"), std::string::npos) << e.what();
  }
}

/// One core sends the same to all others, the hosts' streams apart: a link into each router, once per token.
TEST(OutsideTorus, CarriesATokenForAllCoresOverOneLinkToEachRouter) {
  Layout layout = mesh(4, 4);
  layout.chip.network.topology = "one-way-torus";
  layout.chip.host.link = config::HostLink::PerCore;
  const auto fabric = fabric::make(layout.chip, known_topologies());
  ProgramBuilder b;
  const int source = b.host(2), sender = b.core(5, 2, 0, 10000, 1000);
  b.connect(source, sender, {program::kLoad, 4, 2});
  std::vector<int> receivers;
  for (int core = 0; core < 16; ++core)
    if (core != 5) receivers.push_back(b.core(core, 2, 0, 10000, 1000));
  const int sink = b.host(2);
  program::Multicast all;
  for (const int to : receivers) all.streams.push_back(b.connect(sender, to, {program::kLoad, 16, 2}));
  for (const int from : receivers) b.connect(from, sink, {program::kLoad, 1, 2});
  program::Program p = b.program();
  set_routes(p, *fabric);
  p.multicasts = {all};
  const program::Activity paper = analytic::run(p, fabric->platform(), 1);
  const program::Activity run = on_chip(p, fabric->platform(), 1);
  EXPECT_EQ(run.image_end_ps, paper.image_end_ps);
  int hops = 0;
  for (const auto& link : run.links) {
    if (link.from == program::kHost || link.to == program::kHost) continue;
    EXPECT_EQ(link.packets, 2) << link.from << " -> " << link.to;
    ++hops;
  }
  EXPECT_EQ(hops, 15);
}

TEST(OutsideTopology, IsNamedInAChipRegisteredAndRunByBothEngines) {
  fabric::Topologies known = fabric::topologies();
  known.add("snake-ring", [](const config::Chip& chip) { return std::make_unique<SnakeRing>(chip); });
  config::Chip chip = config::load_chip("hermes-mesh");
  chip.network.topology = "snake-ring";
  const auto fabric = fabric::make(chip, known);
  const auto built = mapping::build_program(mapping::map(graph::fold(resnet8()), chip), chip, *fabric);
  constexpr int kImages = 3;
  const program::Activity bound = analytic::run(built.program, fabric->platform(), kImages);
  const program::Activity run = on_chip(built.program, fabric->platform(), kImages);
  ASSERT_EQ(run.image_end_ps.size(), 3u);
  for (int image = 0; image < kImages; ++image) EXPECT_GE(run.image_end_ps[image], bound.image_end_ps[image]);
  // The snake of the mapping is the ring, so layers in a row are neighbours: the ring costs little.
  chip.network.topology = "mesh";
  const auto mesh = fabric::make(chip);
  const auto on_mesh = mapping::build_program(mapping::map(graph::fold(resnet8()), chip), chip);
  const program::Activity same = analytic::run(on_mesh.program, mesh->platform(), kImages);
  EXPECT_NE(bound.image_end_ps, same.image_end_ps);
  EXPECT_LT(static_cast<double>(bound.image_end_ps[0]), 1.5 * static_cast<double>(same.image_end_ps[0]));
}

}  // namespace
}  // namespace phasecore::test
