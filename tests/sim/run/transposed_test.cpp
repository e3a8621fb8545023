// Transposed convolutions in crossbars: convolutions of the input with zeros between its pixels.
#include <gtest/gtest.h>

#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/ops/conv_transpose.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "sim/run/chip_runner.hpp"
#include "sim/run/functional.hpp"
#include "tests/sim/run/on_chip.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::NetworkBuilder;
using test::OnChip;

graph::ConvTranspose transposed(int inputs, int outputs, const graph::Window& window, int groups = 1) {
  graph::ConvTranspose conv;
  conv.window = window;
  conv.groups = groups;
  conv.weights.shape = {inputs, outputs / groups, window.kernel_h, window.kernel_w};
  for (long long i = 0; i < graph::volume(conv.weights.shape); ++i)
    conv.weights.values.push_back(0.3f *
                                  std::sin(static_cast<float>(1.7 * static_cast<double>(i * i % 101))));
  conv.bias = {{outputs}, std::vector<float>(outputs, 0.05f)};
  return conv;
}

graph::Window window(int kernel, int stride, int pad = 0, int dilation = 1) {
  graph::Window w = graph::square_window(kernel, stride);
  w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = pad;
  w.dilation_h = w.dilation_w = dilation;
  return w;
}

graph::Network upwards(const graph::ConvTranspose& up, int channels) {
  NetworkBuilder b("up", {2, 5, 5});
  const int low = b.op<graph::Relu>("relu", {b.conv("low", 0, channels, 3)});
  const int high = b.put("up", up, {low});
  return b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {high}), 10));
}

struct Case {
  const char* name;
  graph::ConvTranspose up;
  int channels;
};

std::vector<Case> cases() {
  graph::ConvTranspose extra = transposed(6, 8, window(3, 2, 1));
  extra.extra_h = extra.extra_w = 1;
  graph::Window oblong = window(3, 1, 1);
  oblong.kernel_w = 2;
  oblong.stride_w = 3;
  oblong.pad_left = oblong.pad_right = 0;
  return {{"TilesOfTwo", transposed(6, 8, window(2, 2)), 6},
          {"OverlappingKernels", transposed(6, 8, window(4, 2, 1)), 6},
          {"OutputPadding", extra, 6},
          {"Groups", transposed(8, 8, window(3, 2, 1), 4), 8},
          {"Dilation", transposed(6, 8, window(3, 2, 1, 2), 2), 6},
          {"GapsBetweenKernels", transposed(6, 8, window(2, 3)), 6},
          {"Oblong", transposed(6, 8, oblong), 6},
          {"StrideOne", transposed(6, 8, window(3, 1, 1)), 6},
          {"PartialSums", transposed(20, 8, window(3, 2, 1)), 20}};
}

class TransposedConvolution : public testing::TestWithParam<int> {};

TEST_P(TransposedConvolution, IsTheSameInFloatInMonteCarloAndOnTheChip) {
  const Case c = cases()[GetParam()];
  for (const config::Chip& chip : test::chips_to_try()) {
    const OnChip on(upwards(c.up, c.channels), chip);
    EXPECT_EQ(on.map.stages.size(), 3u);
    EXPECT_LT(on.error(), 0.1) << "what is left are roundings to INT8";
    on.expect_equal_values();
    on.expect_equal_books();
  }
}

INSTANTIATE_TEST_SUITE_P(OnChip, TransposedConvolution, testing::Range(0, 9),
                         [](const auto& index) { return std::string(cases()[index.param].name); });

/// Codes in, codes out, against the float operator of what the codes stand for.
TEST_P(TransposedConvolution, IsExactButForTheRoundingOfItsWeightsAndResults) {
  const Case c = cases()[GetParam()];
  config::Chip chip = test::toy_chip(256);
  test::idealise(chip);
  const OnChip on(upwards(c.up, c.channels), chip);
  const numerics::Executor executor(on.map, chip, test::perfect_device(), on.calibration);
  const numerics::Kernel& kernel = executor.kernel(1);
  const int pixels = 25;
  std::vector<std::int8_t> codes;
  std::vector<float> values(static_cast<std::size_t>(c.channels) * pixels);
  for (int i = 0; i < c.channels * pixels; ++i) {
    codes.push_back(static_cast<std::int8_t>(i * 37 % 101 - 50));
    values[i % c.channels * pixels + i / c.channels] =
        static_cast<float>(codes.back()) * kernel.input_step(0);
  }
  const graph::Shape in{c.channels, 5, 5}, out = on.map.stages[1].out_shape;
  std::vector<float> wanted(graph::volume(out));
  graph::Scratch scratch;
  c.up.run({{&in, values.data()}}, out, wanted.data(), scratch);
  const auto is = executor.run_stage(1, executor.ideal(), {1, 0, {codes.data()}});
  const int channels = out[0], places = out[1] * out[2];
  for (int i = 0; i < channels * places; ++i) {
    const float code = wanted[i % channels * places + i / channels] / kernel.output_step();
    EXPECT_NEAR(is[i], std::min(std::max(code, -127.0f), 127.0f), 0.75) << i;
  }
}

TEST(TransposedConvolutions, TakeAsManyCellsAsTheyHaveWeightsAndAProductPerOutput) {
  const OnChip on(upwards(transposed(6, 8, window(2, 2)), 6), test::toy_chip(64));
  const auto& work = *on.stage("up").as<mapping::MvmWork>();
  EXPECT_EQ(work.rows, 6 * 4);
  EXPECT_EQ(work.cols, 8);
  EXPECT_EQ(on.stage("up").firings(), 100);
  EXPECT_EQ(on.stage("up").macs, 100 * 24 * 8);
}

TEST(TransposedConvolutions, WaitForThePixelsThatTheirKernelsLie) {
  const OnChip on(upwards(transposed(6, 8, window(2, 2)), 6), test::toy_chip(64));
  const mapping::TokenReads reads = test::in_raster(on.stage("up"), 0);
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 10; ++x) EXPECT_EQ(reads.need[y * 10 + x], y / 2 * 5 + (y % 2 == 0 ? x / 2 + 1 : 5));
  EXPECT_EQ(reads.release[0], 0);
  EXPECT_EQ(reads.release[13], 2) << "the first row's last kernels lie on row 1";
  EXPECT_EQ(reads.release.back(), 25);
}

TEST(TransposedConvolutions, WorkInTheDigitalUnitAndWithReestimatedAffines) {
  config::Chip chip = test::toy_chip(64);
  config::LayerOverride digital;
  digital.digital = true;
  chip.layers = {{"up", digital}};
  const OnChip exact(upwards(transposed(6, 8, window(4, 2, 1)), 6), chip);
  EXPECT_LT(exact.error(), 0.05);
  exact.expect_equal_values();
  const OnChip on(upwards(transposed(20, 8, window(3, 2, 1)), 20), test::toy_chip(64));
  const numerics::Executor executor(on.map, on.chip, config::load_device("hermes-2"), on.calibration);
  const numerics::State state = run::functional_state(executor, graph::fold(on.network), on.data.batch(0, 16),
                                                      {7, 0, 3600, analog::Compensation::AdaBs});
  run::ChipRunner chips;
  EXPECT_NO_THROW(run::check_functional(executor, state, on.built, on.platform, on.data.batch(0, 1), chips));
}

TEST(TransposedConvolutions, ThatCutOffMoreThanTheyLayOutAreRefused) {
  test::expect_first_error(
      [] { mapping::map(graph::fold(upwards(transposed(6, 8, window(2, 2, 2)), 6)), test::toy_chip(64)); },
      "error: node 'up' (ConvTranspose): cannot be mapped: its padding cuts off more than its kernel lays "
      "out");
}

/// Down, up again, and the way across added: a small U-Net without concatenation.
TEST(TransposedConvolutions, CarryASmallUNet) {
  NetworkBuilder b("unet", {2, 8, 8});
  const auto block = [&](const std::string& name, int in, int channels) {
    return b.op<graph::LeakyRelu>(name + ".leaky", {b.conv(name, in, channels, 3)});
  };
  const int first = block("first", 0, 8);
  const int second = block("second", b.max_pool("pool1", first, 2, 2), 12);
  const int deepest = block("deepest", b.max_pool("pool2", second, 2, 2), 16);
  const int up2 = b.put("up2", transposed(16, 12, window(2, 2)), {deepest});
  const int joined2 = block("joined2", b.op<graph::Add>("add2", {up2, second}), 12);
  const int up1 = b.put("up1", transposed(12, 8, window(2, 2)), {joined2});
  const int joined1 = block("joined1", b.op<graph::Add>("add1", {up1, first}), 8);
  const graph::Network network =
      b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {b.conv("mask", joined1, 2, 1)}), 10));
  for (const config::Chip& chip : test::chips_to_try()) {
    const OnChip on(network, chip);
    EXPECT_LT(on.error(), 0.08);
    on.expect_equal_values();
    on.expect_equal_books();
  }
}

}  // namespace
}  // namespace phasecore
