// Normalisations and Softmax in the digital unit: pixel by pixel, or with the whole image held.
#include <gtest/gtest.h>

#include <cmath>

#include "models/graph/fold.hpp"
#include "models/graph/ops/normalization.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "models/graph/ops/softmax.hpp"
#include "tests/sim/run/on_chip.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::NetworkBuilder;
using test::OnChip;

graph::Tensor ramp(const graph::Shape& shape, float first, float step) {
  graph::Tensor tensor{shape, {}};
  for (long long i = 0; i < graph::volume(shape); ++i)
    tensor.values.push_back(first + step * static_cast<float>(i % 16));
  return tensor;
}

graph::GroupNorm group_norm(int channels, int groups) {
  graph::GroupNorm norm;
  norm.groups = groups;
  norm.scale = ramp({channels}, 0.5f, 0.0625f);
  norm.offset = ramp({channels}, -0.25f, 0.03125f);
  return norm;
}

graph::ChannelNorm channel_norm(int channels) {
  graph::ChannelNorm norm;
  norm.scale = ramp({channels}, 0.5f, 0.0625f);
  norm.offset = ramp({channels}, -0.25f, 0.03125f);
  return norm;
}

graph::LayerNorm layer_norm(const graph::Shape& shape) {
  graph::LayerNorm norm;
  norm.scale = ramp(shape, 0.5f, 0.0625f);
  norm.offset = ramp(shape, -0.25f, 0.03125f);
  return norm;
}

template <class T>
graph::Network with(const T& norm) {
  NetworkBuilder b("normalised", {2, 6, 6});
  const int at = b.put("norm", norm, {b.conv("conv", 0, 12, 3)});
  const int next = b.conv("next", b.put("relu", graph::Relu(), {at}), 12, 3);
  return b.build(b.gemm("classifier", b.op<graph::Flatten>("flatten", {next}), 10));
}

graph::Lrn local_response() {
  graph::Lrn lrn;
  lrn.size = 5;
  lrn.alpha = 0.5f;
  return lrn;
}

/// Means, a Softmax and a LayerNormalization of vectors between Gemms.
graph::Network of_vectors() {
  NetworkBuilder b("vectors", {2, 6, 6});
  const int first = b.gemm("first", b.op<graph::Flatten>("flatten", {b.conv("conv", 0, 6, 3)}), 24);
  const int normal = b.op<graph::Gelu>("gelu", {b.put("norm", layer_norm({24}), {first})});
  const int shares = b.put("shares", graph::Softmax(0), {b.gemm("second", normal, 12)});
  return b.build(b.gemm("classifier", shares, 10));
}

/// A block as of ConvNeXt with the normalisation over all values: depthwise, normalised, wide, Gelu, narrow,
/// added.
graph::Network convnext() {
  NetworkBuilder b("convnext", {2, 12, 12});
  const int stem = b.put("stem.norm", channel_norm(8), {b.conv("stem", 0, 8, 3, 2)});
  const int normal = b.put("norm", channel_norm(8), {b.conv("depthwise", stem, 8, 3, 1, 8)});
  const int wide = b.op<graph::Gelu>("gelu", {b.conv("wide", normal, 32, 1)});
  const int sum = b.op<graph::Add>("sum", {b.conv("narrow", wide, 8, 1), stem});
  const int mean = b.op<graph::Flatten>("flatten", {b.op<graph::GlobalAveragePool>("mean", {sum})});
  return b.build(b.gemm("classifier", b.put("last.norm", layer_norm({8}), {mean}), 10));
}

class NormOnChip : public testing::TestWithParam<std::pair<const char*, graph::Network>> {};

TEST_P(NormOnChip, IsTheSameInFloatInMonteCarloAndOnTheChip) {
  for (const config::Chip& chip : test::chips_to_try()) {
    const OnChip on(GetParam().second, chip);
    EXPECT_LT(on.error(), 0.08);
    on.expect_equal_values();
    on.expect_equal_books();
  }
}

INSTANTIATE_TEST_SUITE_P(OnChip, NormOnChip,
                         testing::Values(std::pair("Instances", with(group_norm(12, 12))),
                                         std::pair("Groups", with(group_norm(12, 3))),
                                         std::pair("Layers", with(layer_norm({12, 6, 6}))),
                                         std::pair("Channels", with(channel_norm(12))),
                                         std::pair("LocalResponse", with(local_response())),
                                         std::pair("SoftmaxOverChannels", with(graph::Softmax(0))),
                                         std::pair("LogSoftmaxOverChannels", with(graph::LogSoftmax(0))),
                                         std::pair("Vectors", of_vectors()),
                                         std::pair("ConvNext", convnext())),
                         [](const auto& made) { return std::string(made.param.first); });

TEST(NormsOnChip, OfChannelsTakePixelsAsTheyComeAndOfImagesHoldThemAll) {
  const config::Chip chip = test::toy_chip(64);
  const OnChip pixels(with(channel_norm(12)), chip), image(with(group_norm(12, 12)), chip);
  const mapping::TokenReads by_pixel = test::in_raster(pixels.stage("norm"), 0),
                            whole = test::in_raster(image.stage("norm"), 0);
  EXPECT_EQ(by_pixel.need.front(), 1);
  EXPECT_EQ(whole.need.front(), 36);
  EXPECT_EQ(whole.release.front(), 1) << "a pixel is free when it has been normalised";
  for (const auto& input : image.tasks("norm").at(0)->inputs)
    EXPECT_GE(image.built.program.streams[input.stream].capacity, 36);
}

TEST(NormsOnChip, TakeWhatFollowsAndCostWhatTheChipFileSays) {
  config::Chip chip = test::toy_chip(64);
  chip.digital.normalised_values_per_cycle = 0.25;
  chip.digital.curve_values_per_cycle = 2;
  chip.energy.digital_pj_per_output = 2;
  chip.energy.digital_pj_per_normalised = 5;
  chip.energy.digital_pj_per_curve = 3;
  const OnChip on(with(graph::Softmax(0)), chip);
  EXPECT_EQ(on.stage("norm").range_name, "relu");
  const program::Task& task = *on.tasks("norm").at(0);
  EXPECT_EQ(task.firings, 36);
  const auto cycles = 48 + 6 + static_cast<int>(std::ceil(12 / chip.digital.outputs_per_cycle));
  EXPECT_EQ(task.visits.at(program::kDigital).duration_ps,
            (cycles + chip.digital.pipeline_cycles) * chip.digital.clock_ps);
  EXPECT_EQ(program::firing_energy(task)[static_cast<int>(program::Component::Digital)],
            common::aj_from_pj(12 * (2 + 5 + 3)));
}

TEST(NormsOnChip, AlongRowsAreRefused) {
  test::expect_first_error([] { mapping::map(graph::fold(with(graph::Softmax(2))), test::toy_chip(64)); },
                           "error: node 'norm' (Softmax): cannot be mapped: the chip computes it along the "
                           "channels of each pixel only");
  graph::LayerNorm rows = layer_norm({6});
  rows.axis = 2;
  test::expect_first_error(
      [&] { mapping::map(graph::fold(with(rows)), test::toy_chip(64)); },
      "error: node 'norm' (LayerNormalization): cannot be mapped: the chip normalises all "
      "values of an image or vector, or the channels of each pixel or step, only");
}

TEST(NormsOnChip, AMemoryThatCannotHoldTheImageIsNamed) {
  config::Chip chip = test::toy_chip(64);
  chip.memory.bytes = 400;
  const std::string message = test::input_error(
      [&] { mapping::build_program(mapping::map(graph::fold(with(group_norm(12, 12))), chip), chip); });
  EXPECT_NE(message.find("norm"), std::string::npos) << message;
  EXPECT_NE(message.find("memory.bytes"), std::string::npos) << message;
}

}  // namespace
}  // namespace phasecore
