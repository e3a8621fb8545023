// Chips that others have published figures of: what the mapper and the closed form say of them.
#include <gtest/gtest.h>

#include <map>

#include "models/graph/fold.hpp"
#include "sim/chip/chip.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/load.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::mapping {
namespace {

using common::Picoseconds;

int bottleneck(test::Draft& d, int in, int channels, int stride, int expansion) {
  const int channels_in = d.shape(in)[0], wide = channels_in * expansion;
  int at = expansion > 1 ? d.clip(d.conv(in, wide, 1), 0, 6) : in;
  at = d.clip(d.conv(at, wide, 3, stride, -1, wide), 0, 6);
  at = d.conv(at, channels, 1);
  return stride == 1 && channels_in == channels ? d.add(at, in) : at;
}

/// MobileNetV2 with the width 1.0 for images of 224 x 224.
graph::Network mobilenet_v2() {
  struct Blocks {
    int expansion, channels, count, stride;
  };
  test::Draft d({3, 224, 224});
  int at = d.clip(d.conv(0, 32, 3, 2), 0, 6);
  for (const Blocks& b : {Blocks{1, 16, 1, 1},
                          {6, 24, 2, 2},
                          {6, 32, 3, 2},
                          {6, 64, 4, 2},
                          {6, 96, 3, 1},
                          {6, 160, 3, 2},
                          {6, 320, 1, 1}})
    for (int i = 0; i < b.count; ++i) at = bottleneck(d, at, b.channels, i == 0 ? b.stride : 1, b.expansion);
  at = d.global_average_pool(d.clip(d.conv(at, 1280, 1), 0, 6));
  at = d.gemm(d.flatten(at), 1000);
  d.rename(at, "classifier");
  return d.build(at, "mobilenet-v2");
}

int basic_block(test::Draft& d, int in, int channels, int stride) {
  const int inner = d.relu(d.conv(in, channels, 3, stride));
  const int shortcut = stride == 1 ? in : d.conv(in, channels, 1, stride);
  return d.relu(d.add(d.conv(inner, channels, 3), shortcut));
}

/// ResNet-18 for images of 256 x 256.
graph::Network resnet18() {
  test::Draft d({3, 256, 256});
  int at = d.max_pool(d.relu(d.conv(0, 64, 7, 2)), 3, 2, 1);
  for (const int channels : {64, 128, 256, 512})
    for (int i = 0; i < 2; ++i) at = basic_block(d, at, channels, i == 0 && channels > 64 ? 2 : 1);
  return d.build(d.gemm(d.flatten(d.global_average_pool(at)), 1000), "resnet18");
}

program::Activity run_on_chip(const BuiltProgram& built, const config::Chip& chip, int images) {
  chip::Chip silicon(fabric::make(chip)->platform());
  chip::RunOptions options;
  options.images = images;
  return silicon.run(built.program, options);
}

/// Garofalo et al., IEEE JETCAS 12 (2022): 34 crossbars for the stem and the pointwise layers, one active at
/// a time; layers on 112 x 112 pixels take 1.63 ms, on 56 x 56 0.41 and on 28 x 28 0.10; the depthwise layer
/// of the first block 0.24 ms; all 10.06 ms.
TEST(Published, MobileNetV2OnOneCrossbarAtATime) {
  config::Chip chip = config::load_chip("garofalo-34");
  config::LayerOverride digital;
  digital.digital = true;
  chip.layers = {{"classifier", digital}};
  const Mapping mapping = map(graph::fold(mobilenet_v2()), chip);
  EXPECT_EQ(mapping.cores_used, 34);
  const BuiltProgram built = build_program(mapping, chip);
  std::map<int, std::vector<Picoseconds>> by_side;  // of layers in one crossbar, by the side of their plane
  std::map<int, Picoseconds> depthwise;             // by the side, the first
  std::size_t tasks = 0;
  for (std::size_t t = 0; t < built.tasks.size(); ++t) {
    const program::Task& task = built.program.tasks[t];
    if (task.core == program::kHost) continue;
    ++tasks;
    const Stage& stage = mapping.stages[built.tasks[t].stage];
    const auto* mvm = stage.as<MvmWork>();
    ASSERT_NE(mvm, nullptr);
    const int side = raster_of(mvm->plane).height;
    if (mvm->digital)
      depthwise.emplace(side, load_of(task));
    else
      by_side[side].push_back(load_of(task));
  }
  EXPECT_EQ(built.waves.size(), tasks) << "one at a time";
  for (const int side : {112, 56, 28}) {
    EXPECT_GE(by_side[side].size(), 3u);
    for (const Picoseconds time : by_side[side]) EXPECT_EQ(time, Picoseconds{side} * side * 130'000) << side;
  }
  EXPECT_NEAR(static_cast<double>(depthwise[112]) * 1e-9, 0.24, 0.04);
  const auto all_ms = static_cast<double>(interval_of_waves(built.program, built.waves)) * 1e-9;
  EXPECT_NEAR(all_ms, 10.06, 0.05 * 10.06);
  const auto run = run_on_chip(built, chip, 1);
  EXPECT_NEAR(static_cast<double>(run.image_end_ps[0]) * 1e-9, all_ms, 0.01 * all_ms);
}

/// Bruschi et al., DATE 2023: ResNet-18 on images of 256 x 256, 3,303 images per second on 322 of 512
/// clusters.
TEST(Published, ResNet18OnAtMostAsManyClusters) {
  const config::Chip chip = config::load_chip("bruschi-512", {"mapping.max_interval_ns=302700"});
  const Mapping mapping = map(graph::fold(resnet18()), chip);
  EXPECT_LE(mapping.cores_used, 322);
  const BuiltProgram built = build_program(mapping, chip);
  const Picoseconds closed = loads(built.program, chip.cores()).interval_ps();
  EXPECT_LE(closed, 302'700'000);
  const auto run = run_on_chip(built, chip, 3);
  const Picoseconds interval = run.image_end_ps[2] - run.image_end_ps[1];
  EXPECT_LE(static_cast<double>(interval), 1.01 * static_cast<double>(closed));
}

}  // namespace
}  // namespace phasecore::mapping
