// What build() refuses, with the whole message.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "tests/models/graph/draft.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

void expect_refusal(const test::Draft& draft, const std::string& message) {
  test::expect_input_error([&] { draft.build(); }, message);
}

TEST(Build, RefusesAStrideOfZero) {
  test::Draft d({1, 8, 8});
  d.conv("conv", 1, 2, 3).window.stride_w = 0;
  expect_refusal(d, "error: node 'conv' (Conv): stride 1x0 must be at least 1x1");
}

TEST(Build, RefusesWindowsThatMakeNoSense) {
  test::Draft d({1, 8, 8});
  graph::Window& w = d.pool<graph::AveragePool>("pool", 0, 1);
  w.dilation_h = 2;
  w.pad_left = -1;
  w.stride_h = 1 << 20;
  expect_refusal(d,
                 "error: node 'pool' (AveragePool): kernel 0x0 must be at least 1x1\n"
                 "error: node 'pool' (AveragePool): stride 1048576x1 must be at most 16384x16384\n"
                 "error: node 'pool' (AveragePool): padding at top and left 0x-1 must be at least 0x0\n"
                 "error: node 'pool' (AveragePool): dilation 2x1 must be 1x1 in an average pool");
}

TEST(Build, RefusesWeightsThatAreNoNumbers) {
  test::Draft d({1, 8, 8});
  d.conv("first", 1, 2, 3).weights.values[7] = std::numeric_limits<float>::quiet_NaN();
  d.conv("second", 2, 2, 3).bias.values[1] = -std::numeric_limits<float>::infinity();
  expect_refusal(d,
                 "error: node 'first' (Conv): weights hold nan at index 7\n"
                 "error: node 'second' (Conv): bias values hold infinity at index 1");
}

TEST(Build, RefusesLayersOfZeroSize) {
  test::Draft d({1, 3, 3});
  d.conv("big", 1, 2, 5);
  expect_refusal(
      d, "error: node 'big' (Conv): the output holds no values: a 5x5 kernel does not fit its 1x3x3 input");
  test::Draft empty({1, 3, 3});
  empty.conv("none", 1, 0, 3);
  expect_refusal(empty,
                 "error: node 'none' (Conv): weights of shape 0x1x3x3 hold no values; every dimension must "
                 "be at least 1");
  test::Draft no_input({1, 0, 3});
  no_input.add<graph::Relu>("relu");
  expect_refusal(
      no_input,
      "error: node 'input' (Input): shape 1x0x3 holds no values; every dimension must be at least 1");
}

TEST(Build, RefusesShapesThatDoNotFit) {
  test::Draft d({3, 8, 8});
  d.conv("conv", 1, 2, 3);
  expect_refusal(d,
                 "error: node 'conv' (Conv): weights of shape 2x1x3x3 in 1 group take 1 channels, 'input' "
                 "delivers 3 (3x8x8)");
  test::Draft gemm({4});
  gemm.gemm("fc", 5, 2);
  expect_refusal(gemm, "error: node 'fc' (Gemm): weights take a vector of 5 values, 'input' delivers 4");
  test::Draft add({1, 4, 4});
  add.conv("half", 1, 1, 3);
  add.add<graph::Add>("sum", {0, 1});
  expect_refusal(add,
                 "error: node 'sum' (Add): shapes differ: 'input' delivers 1x4x4, 'half' delivers 1x2x2");
  test::Draft norm({4, 2, 2});
  norm.batch_norm("norm", 3);
  expect_refusal(norm, "error: node 'norm' (BatchNormalization): has 3 channels, 'input' delivers 4 (4x2x2)");
  test::Draft reshape({4, 2, 2});
  reshape.add("reshape", graph::Reshape({3, 5}));
  expect_refusal(reshape, "error: node 'reshape' (Reshape): cannot turn 4x2x2 of 'input' into 3x5");
  test::Draft image({16});
  image.add<graph::GlobalAveragePool>("pool");
  expect_refusal(image,
                 "error: node 'pool' (GlobalAveragePool): needs an image (channels x height x width), "
                 "'input' delivers 16");
  test::Draft groups({4, 5, 5});
  groups.conv("conv", 2, 3, 3).groups = 2;
  expect_refusal(groups, "error: node 'conv' (Conv): 3 output channels do not divide into 2 groups");
}

TEST(Build, RefusesPoolWindowsOfPaddingOnly) {
  test::Draft d({1, 4, 4});
  graph::Window& pool = d.pool<graph::MaxPool>("pool", 2, 1);
  pool.pad_top = 2;
  expect_refusal(d, "error: node 'pool' (MaxPool): a window holds nothing but padding");
  test::Draft around({1, 1, 1});  // taps at -2 and 1 of a single pixel
  graph::Window& w = around.pool<graph::MaxPool>("pool", 1, 1);
  w.kernel_w = 2;
  w.dilation_w = 3;
  w.pad_left = w.pad_right = 2;
  expect_refusal(around, "error: node 'pool' (MaxPool): a window holds nothing but padding");
}

TEST(Build, RefusesNegativeVariancesAndEmptyClips) {
  test::Draft d({2, 4, 4});
  d.batch_norm("norm", 2).variance.values[1] = -1;
  d.add("clip", graph::Clip(1, 0));
  expect_refusal(d,
                 "error: node 'norm' (BatchNormalization): variance -1.000000 of channel 1 must be positive\n"
                 "error: node 'clip' (Clip): minimum 1.000000 must not exceed maximum 0.000000");
}

TEST(Build, RefusesOutputsThatWouldNotFitInMemory) {
  test::Draft d({1, 20000, 20000});
  d.add<graph::Relu>("relu");
  expect_refusal(
      d,
      "error: node 'input' (Input): an output of shape 1x20000x20000 is too large; at most 268435456 values");
}

TEST(Build, RefusesBrokenWiring) {
  test::Draft d({4});
  d.add<graph::Relu>("relu", {2});
  d.add<graph::Relu>("relu");
  d.add<graph::Add>("", {1});
  d.network().outputs = {1, 1, 9};
  expect_refusal(d,
                 "error: node 'relu' (Relu): the name is used twice\n"
                 "error: node '' (Add): has no name\n"
                 "error: node 'relu' (Relu): reads layer number 2, which is not an earlier one\n"
                 "error: node '' (Add): reads 1 activations; must be 2\n"
                 "error: node 'relu' (Relu): is an output twice\n"
                 "error: output 9 is no layer\n"
                 "error: node 'input' (Input): nobody reads it and it is no output\n"
                 "error: node '' (Add): nobody reads it and it is no output");
}

TEST(Build, RefusesRangesOfUnknownLayersAndRangesThatAreNotPositive) {
  test::Draft d({4});
  d.add<graph::Relu>("relu");
  d.network().ranges = {{"relo", 1.0}, {"relu", 0.0}};
  expect_refusal(d,
                 "error: range of 'relo': there is no such layer; did you mean 'relu'?\n"
                 "error: range of 'relu': 0 must be a positive float");
}

TEST(Build, SaysOneMistakeOnce) {
  test::Draft d({1, 8, 8});
  d.conv("conv", 1, 2, 3).window.stride_h = 0;
  d.add<graph::Relu>("relu");
  d.conv("next", 77, 2, 3);
  d.add<graph::Flatten>("flatten");
  d.gemm("fc", 5, 5);
  expect_refusal(d, "error: node 'conv' (Conv): stride 0x1 must be at least 1x1");
}

}  // namespace
}  // namespace phasecore
