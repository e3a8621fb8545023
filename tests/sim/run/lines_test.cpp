// One-dimensional networks: lines are images of one row, from the crossbars to the pools.
#include <gtest/gtest.h>

#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/pool.hpp"
#include "models/graph/ops/reduce.hpp"
#include "tests/sim/run/on_chip.hpp"

namespace phasecore {
namespace {

graph::Window line_window(int kernel, int stride, int dilation = 1) {
  graph::Window window;
  window.kernel_w = kernel;
  window.stride_w = stride;
  window.dilation_w = dilation;
  window.pad_left = window.pad_right = (kernel - 1) * dilation / 2;
  return window;
}

template <class Pool>
Pool line_pool(int kernel, int stride) {
  Pool pool;
  pool.window.kernel_w = kernel;
  pool.window.stride_w = stride;
  return pool;
}

int batch_norm(test::NetworkBuilder& b, const std::string& name, int in) {
  graph::BatchNorm norm;
  const int channels = b.shape(in)[0];
  norm.scale = norm.variance = {{channels}, std::vector<float>(channels, 1.25f)};
  norm.offset = norm.mean = {{channels}, std::vector<float>(channels, 0.125f)};
  return b.put(name, norm, {in});
}

/// Four channels of 48 points, as keyword spotting and sensors have them: dilated and strided convolutions, a
/// batch norm, a residual sum, both pools, a mean over all points.
graph::Network line_network() {
  test::NetworkBuilder b("line", {4, 48});
  const int image = b.put("as.image", graph::Reshape({4, 1, 48}), {0});
  const int stem = b.op<graph::Relu>(
      "stem.relu", {batch_norm(b, "stem.norm", b.conv("stem", image, 12, line_window(5, 1)))});
  const int wide = b.op<graph::Relu>("wide.relu", {b.conv("wide", stem, 12, line_window(3, 1, 4))});
  const int sum = b.op<graph::Add>("sum", {b.conv("back", wide, 12, line_window(3, 1)), stem});
  const int most = b.put("most", line_pool<graph::MaxPool>(2, 2), {sum});
  const int deep = b.op<graph::Relu>("deep.relu", {b.conv("deep", most, 20, line_window(3, 2))});
  const int mean = b.put("mean", line_pool<graph::AveragePool>(3, 3), {deep});
  graph::Reduce all;
  all.kind = graph::Reduce::Kind::Mean;
  all.axes = {1};
  all.keep_dims = false;
  const int line = b.put("as.line", graph::Reshape({20, 4}), {mean});
  return b.build(b.gemm("classifier", b.put("all", all, {line}), 10));
}

TEST(LinesOnChip, ComputeWhatTheNetworkComputesInEveryEngine) {
  for (const config::Chip& chip : test::chips_to_try()) {
    const test::OnChip on(line_network(), chip);
    EXPECT_LT(on.error(), 0.04);
    on.expect_equal_values();
    on.expect_equal_books();
  }
}

TEST(LinesOnChip, ComputeTheSameInTheDigitalUnit) {
  config::Chip chip = test::toy_chip(64);
  config::LayerOverride digital;
  digital.digital = true;
  chip.layers = {{"*", digital}};
  const test::OnChip on(line_network(), chip);
  EXPECT_LT(on.error(), 0.04);
  on.expect_equal_values();
  on.expect_equal_books();
}

TEST(LinesOnChip, BuffersHoldPointsOfAWindowAndNotTheLine) {
  const test::OnChip on(line_network(), test::toy_chip(64));
  const auto& wide = on.stage("wide");
  const mapping::TokenReads reads = test::in_raster(wide, 0);
  ASSERT_EQ(reads.need.size(), 48u);
  EXPECT_EQ(reads.need[0], 5);
  EXPECT_EQ(reads.release[10], 7);
}

}  // namespace
}  // namespace phasecore
