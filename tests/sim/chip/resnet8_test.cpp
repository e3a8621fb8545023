// A real network on every shipped chip: it finishes, is no earlier than its bound, and costs few events.
#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/chip/chip.hpp"
#include "sim/mapping/build_program.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::test {
namespace {

/// docs/performance.md: process activations per MVM of a sub-matrix.
constexpr double kMostEventsPerMvm = 20;

void run_resnet8(const std::string& name, int images) {
  const config::Chip config = test::one_to_one(name);
  const mapping::Mapping mapped = mapping::map(graph::fold(resnet8()), config);
  const program::Program program = mapping::build_program(mapped, config).program;
  const program::Platform platform = fabric::make(config)->platform();
  chip::Chip chip(platform);
  chip::RunOptions options;
  options.images = images;
  const program::Activity a = chip.run(program, options);
  const program::Activity bound = analytic::run(program, platform, images);
  for (int image = 0; image < images; ++image) EXPECT_GE(a.image_end_ps[image], bound.image_end_ps[image]);
  EXPECT_EQ(a.stream_tokens, bound.stream_tokens);
  double mvms = 0;
  for (const program::Task& task : program.tasks)
    if (task.kind == program::TaskKind::Mvm) mvms += static_cast<double>(task.firings) * images;
  ASSERT_GT(mvms, 0);
  EXPECT_LT(static_cast<double>(a.events) / mvms, kMostEventsPerMvm);
}

TEST(Resnet8, RunsOnTheMesh) {
  run_resnet8("hermes-mesh", 2);
}

TEST(Resnet8, RunsLayerByLayerThroughTheHost) {
  run_resnet8("hermes", 2);
}

TEST(Resnet8, RunsOnTheFabricOfFortyEightTiles) {
  run_resnet8("analog-fabric-48", 2);
}

}  // namespace
}  // namespace phasecore::test
