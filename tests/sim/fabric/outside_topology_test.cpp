// A topology that the library does not know, added from outside: one ring through all cores, along the rows
// in alternating direction. A network is mapped on it, and both engines run it.
#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/chip/chip.hpp"
#include "sim/fabric/router_grid.hpp"
#include "sim/mapping/build_program.hpp"
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

TEST(OutsideTopology, IsNamedInAChipRegisteredAndRunByBothEngines) {
  fabric::Topologies known = fabric::topologies();
  known.add("snake-ring", [](const config::Chip& chip) { return std::make_unique<SnakeRing>(chip); });
  config::Chip chip = config::load_chip("hermes-mesh");
  chip.network.topology = "snake-ring";
  const auto fabric = fabric::make(chip, known);
  const auto built = mapping::build_program(mapping::map(graph::fold(resnet8()), chip), chip, *fabric);
  constexpr int kImages = 3;
  const program::Activity bound = analytic::run(built.program, fabric->platform(), kImages);
  chip::Chip silicon(fabric->platform());
  chip::RunOptions options;
  options.images = kImages;
  const program::Activity run = silicon.run(built.program, options);
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
