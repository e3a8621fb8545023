// Networks as torch computations: what each error of the hardware does to their outputs.
#include "nas/train/forward.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "models/graph/infer.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/input.hpp"
#include "nas/train/mvm.hpp"
#include "tests/nas/train/small_networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::generator;
using test::lively;
using test::logits;
using test::random_images;
using torch::Tensor;

constexpr int kGemm = 0;

/// One convolution of 6 channels in `groups` over 5x5 pixels, or one Gemm.
graph::Network one_layer(int groups) {
  graph::Network draft;
  const graph::Tensor bias{{4}, {0.1f, -0.2f, 0.3f, 0.4f}};
  if (groups == kGemm) {
    graph::Gemm gemm;
    gemm.weights.shape = {4, 50};
    gemm.bias = bias;
    draft.layers = {{"input", graph::Input({50}), {}}, {"layer", gemm, {0}}};
  } else {
    graph::Conv conv;
    conv.window = graph::square_window(3, 1);
    conv.groups = groups;
    conv.weights.shape = {4, 6 / groups, 3, 3};
    conv.bias = bias;
    draft.layers = {{"input", graph::Input({6, 5, 5}), {}}, {"layer", conv, {0}}};
  }
  graph::Tensor& weights = draft.layers[1].edit<graph::Mvm>()->weights;
  for (long long i = 0; i < graph::volume(weights.shape); ++i)
    weights.values.push_back(static_cast<float>(std::sin(1.7 * static_cast<double>(i) + 0.3)));
  draft.outputs = {1};
  return graph::build(std::move(draft));
}

Tensor images(const graph::Network& network, int count) {
  std::vector<std::int64_t> sizes{count};
  for (const int extent : network.input().shape) sizes.push_back(extent);
  return torch::rand(sizes, generator(5)) * 2 - 1;
}

Tensor outputs(const graph::Network& network, const Tensor& x, const train::Pass& pass) {
  torch::NoGradGuard no_grad;
  train::Parameters parameters(network);
  return train::forward(network, parameters, x, pass);
}

TEST(TrainForward, ComputesWhatInferenceComputes) {
  for (const char* kind : {"resnet8", "ds-cnn", "wide-resnet-16-4", "mcunet-like", "resnet9", "vgg8"}) {
    const data::Dataset set = random_images(3, {1, 32, 32});
    const graph::Network network = lively(kind, set.shape, 1);
    train::Parameters parameters(network);
    const Tensor out = logits(network, parameters, set);
    const auto expected = graph::infer(network, set.batch(0, 3)).front().values;
    const Tensor reference = torch::tensor(expected).view({3, 10});
    EXPECT_LT(((out - reference).abs().max() / reference.abs().max()).item<double>(), 1e-5) << kind;
  }
}

TEST(TrainForward, LossesSeeTheLogitsBehindTheSoftmaxOfTheHost) {
  const graph::Network without = one_layer(kGemm);
  const graph::Network with = test::with_softmax(one_layer(kGemm));
  const Tensor x = images(with, 7);
  train::Pass pass;
  const Tensor probabilities = outputs(with, x, pass), logits = outputs(without, x, pass);
  EXPECT_LT((probabilities - torch::softmax(logits, 1)).abs().max().item<double>(), 1e-6);
  pass.logits = true;
  EXPECT_TRUE(torch::equal(outputs(with, x, pass), logits));
  EXPECT_TRUE(torch::equal(outputs(without, x, pass), logits));
}

// bfloat16 keeps eight significant bits: an operand is off by at most 2^-8 of itself, a result as well, once
// per layer. Between the products everything is float32, gradients too.
TEST(TrainForward, ProductsInBfloat16AreOffByTheirRounding) {
  const data::Dataset set = random_images(8, {1, 32, 32});
  for (const char* kind : {"resnet8", "ds-cnn"}) {
    const graph::Network network = lively(kind, set.shape, 1);
    const Tensor x = images(network, 8);
    const auto computed = [&](train::ProductFormat products) {
      train::Parameters parameters(network);
      train::Pass pass;
      pass.products = products;
      const Tensor out = train::forward(network, parameters, x, pass);
      out.square().sum().backward();
      std::vector<Tensor> all{out.detach()};
      for (const Tensor& weight : parameters.crossbar_weights()) all.push_back(weight.grad());
      return all;
    };
    const auto exact = computed(train::ProductFormat::Float32);
    const auto rounded = computed(train::ProductFormat::BFloat16);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const double off = ((rounded[i] - exact[i]).norm() / exact[i].norm()).item<double>();
      EXPECT_EQ(rounded[i].scalar_type(), torch::kFloat32);
      EXPECT_GT(off, 1e-4) << kind << ' ' << i;
      EXPECT_LT(off, 0.05) << kind << ' ' << i;
    }
  }
}

TEST(TrainForward, PartialSumsEqualTheSumWithoutNoise) {
  for (const int groups : {kGemm, 1, 2}) {
    const graph::Network network = one_layer(groups);
    const Tensor x = images(network, 7);
    const Tensor whole = outputs(network, x, {});
    for (const int rows : {1, 7, 9, 20, 1000}) {
      train::Pass pass;
      pass.tile_rows = rows;
      EXPECT_TRUE(torch::allclose(outputs(network, x, pass), whole, 1e-5, 1e-5))
          << rows << " rows, " << groups;
    }
  }
}

// sum of the tiles' rounding errors: at most half a step of the converter each, in units of the column's
// largest weight.
TEST(TrainForward, EveryTileIsRoundedByItsConverter) {
  const graph::Network network = one_layer(kGemm);
  const Tensor x = images(network, 200);
  const Tensor whole = outputs(network, x, {});
  train::Parameters parameters(network);
  const Tensor scale = train::largest(parameters.at("layer.weight"), train::Reference::Column).view({1, 4});
  const train::Ranges ranges = {{"layer.adc", 20.0}};
  for (const int rows : {50, 10}) {
    train::Pass pass;
    pass.tile_rows = rows;
    pass.adc_bits = 5;
    pass.ranges = &ranges;
    const int tiles = 50 / rows;
    const double step = 20.0 / 15;
    const Tensor error = ((outputs(network, x, pass) - whole) / scale).abs();
    EXPECT_LE(error.max().item<double>(), tiles * step / 2 + 1e-4);
    // Uniform within a step: variance step^2 / 12 per tile; 800 values.
    const double expected = tiles * step * step / 12;
    EXPECT_NEAR(error.square().mean().item<double>(), expected, 0.2 * expected) << rows;
  }
}

TEST(TrainForward, EveryTileHasItsOwnOutputNoise) {
  const graph::Network network = one_layer(kGemm);
  const Tensor x = images(network, 4000);
  const Tensor whole = outputs(network, x, {});
  train::Parameters parameters(network);
  const Tensor scale = train::largest(parameters.at("layer.weight"), train::Reference::Column).view({1, 4});
  const train::Ranges ranges = {{"layer.adc", 20.0}, {"layer", 30.0}};
  for (const int rows : {50, 10}) {
    train::Pass pass;
    pass.tile_rows = rows;
    pass.output_noise = 0.01;
    pass.ranges = &ranges;
    pass.noise = generator(2);
    const double expected = 0.01 * 20 * std::sqrt(50.0 / rows);
    const Tensor error = (outputs(network, x, pass) - whole) / scale;
    EXPECT_NEAR(error.std().item<double>(), expected, 4 * expected / std::sqrt(2.0 * 16000)) << rows;
  }
  train::Pass pass;  // without converters: relative to the activation's range
  pass.output_noise = 0.01;
  pass.ranges = &ranges;
  pass.noise = generator(2);
  EXPECT_NEAR((outputs(network, x, pass) - whole).std().item<double>(), 0.3,
              4 * 0.3 / std::sqrt(2.0 * 16000));
}

TEST(TrainForward, GaussianWeightErrorsHaveTheirDeviation) {
  const Tensor weight = torch::rand({20, 5000}, generator(1)) - 0.5;
  train::Pass pass;
  pass.weight_noise = 0.08;
  pass.noise = generator(3);
  const Tensor error = (train::with_weight_errors(weight, pass) - weight) / weight.abs().max();
  EXPECT_NEAR(error.std().item<double>(), 0.08, 0.08 * 4 / std::sqrt(2.0 * 1e5) + 0.08 * 1e-3);
  pass.reference = train::Reference::Layer;
  Tensor uneven = weight.clone();
  uneven[0] *= 10;  // with one layer-wide reference every column sees its errors
  pass.noise = generator(3);
  const Tensor wide = train::with_weight_errors(uneven, pass) - uneven;
  EXPECT_NEAR(wide[5].std().item<double>(), 0.08 * uneven.abs().max().item<double>(), 0.08 * 5 * 0.05);
}

/// A convolution and the batch norm behind it.
graph::Network convolution_with_norm() {
  graph::Network draft = one_layer(1);
  draft.layers[1].edit<graph::Conv>()->bias = {};
  graph::BatchNorm norm = graph::neutral_batch_norm(4);
  norm.scale.values = {1, 2, 0.5, 1.5};
  norm.offset.values = {0, 1, -1, 0.5};
  draft.layers.emplace_back("norm", std::move(norm), std::vector<int>{1});
  draft.outputs = {2};
  return graph::build(std::move(draft));
}

// A batch norm with the statistics of the error-free weights shifts and scales what the errors make of its
// input; one with the batch's own takes the shift out again.
TEST(TrainForward, CleanStatisticsLeaveWhatErrorsShift) {
  const graph::Network network = convolution_with_norm();
  const Tensor x = images(network, 64) + 0.5;
  train::Parameters parameters(network);
  train::NormStatistics clean = train::clean_statistics(network, parameters, x, 64, {});
  EXPECT_GT(parameters.at("norm.mean").abs().max().item<float>(), 0) << "running statistics follow";
  const Tensor sums = torch::conv2d(x, parameters.at("layer.weight"));
  EXPECT_TRUE(torch::allclose(clean.at("norm").mean, sums.mean({0, 2, 3}), 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(
      clean.at("norm").inverse_deviation,
      (sums.var({0, 2, 3}, /*unbiased=*/false) + network.layers[2].as<graph::BatchNorm>()->epsilon).rsqrt(),
      1e-4, 1e-5));
  train::Pass pass;
  pass.training = true;
  pass.track_statistics = false;
  const Tensor exact = outputs(network, x, pass);
  pass.statistics = &clean;
  EXPECT_TRUE(torch::allclose(outputs(network, x, pass), exact, 1e-4, 1e-4)) << "no errors, no difference";

  pass.weight_noise = 0.1;
  pass.noise = generator(3);
  const Tensor shifted = outputs(network, x, pass);
  train::Pass errors = pass;
  errors.noise = generator(3);
  const Tensor wrong = torch::conv2d(x, train::with_weight_errors(parameters.at("layer.weight"), errors));
  const auto channel = [](const Tensor& values) { return values.view({1, 4, 1, 1}); };
  const Tensor expected = (wrong - channel(clean.at("norm").mean)) *
                              channel(clean.at("norm").inverse_deviation * parameters.at("norm.scale")) +
                          channel(parameters.at("norm.offset"));
  EXPECT_TRUE(torch::allclose(shifted, expected, 1e-4, 1e-4));
  pass.statistics = nullptr;
  pass.noise = generator(3);
  const Tensor corrected = outputs(network, x, pass);
  const Tensor offset = parameters.at("norm.offset");
  EXPECT_TRUE(torch::allclose(corrected.mean({0, 2, 3}), offset, 1e-4, 1e-4));
  EXPECT_GT((shifted.mean({0, 2, 3}) - offset).abs().max().item<double>(), 0.05);
}

// The gradient is that of a batch norm: the mean over a channel is none of the weights' business.
TEST(TrainForward, CleanStatisticsKeepTheGradientOfABatchNorm) {
  const graph::Network network = convolution_with_norm();
  const Tensor x = images(network, 16);
  train::Parameters parameters(network);
  const train::NormStatistics clean = train::clean_statistics(network, parameters, x, 8, {});
  train::Pass pass;
  pass.training = true;
  pass.track_statistics = false;
  pass.statistics = &clean;
  train::forward(network, parameters, x, pass).sum().backward();
  EXPECT_LT(parameters.at("layer.weight").grad().abs().max().item<double>(), 1e-2);
  EXPECT_NEAR(parameters.at("norm.offset").grad()[0].item<double>(), 16 * 9, 1e-2);
}

/// Names of the ranges that a pass observes, in order.
std::vector<std::string> observed(const graph::Network& network, train::Pass pass) {
  std::vector<std::string> names;
  pass.observe = [&](const std::string& name, const Tensor&) { names.push_back(name); };
  train::Parameters parameters(network);
  logits(network, parameters, random_images(1, {1, 12, 12}), pass);
  return names;
}

// Everything between two roundings belongs to one step of the chip. Logits that stay FP16 are seen, for the
// noise that refers to their range, but not rounded.
TEST(TrainForward, RangesBelongToTheEndsOfSteps) {
  const graph::Network network = lively("resnet8-symmetric", {1, 12, 12}, 1);
  const auto has = [](const std::vector<std::string>& names, const char* name) {
    return std::count(names.begin(), names.end(), name) == 1;
  };
  for (const auto interlayer : {graph::Interlayer::Network, graph::Interlayer::Host}) {
    train::Pass pass;
    pass.rounding = {interlayer, /*logits_fp16=*/false};
    const auto names = train::rounded_layers(network, pass.rounding);
    for (const char* name : {"input", "stem.relu", "block1.conv1.relu", "block1.relu", "pool", "classifier"})
      EXPECT_TRUE(has(names, name)) << name;
    for (const char* name : {"stem", "stem.norm", "block1.add", "flatten"})
      EXPECT_FALSE(has(names, name)) << name;
    // The sum is the second convolution's own step, or the host's; of a convolution and a projection the
    // later one adds.
    const bool host = interlayer == graph::Interlayer::Host;
    EXPECT_EQ(has(names, "block1.conv2.norm"), host);
    EXPECT_TRUE(has(names, "block2.conv2.norm"));
    EXPECT_EQ(has(names, "block2.shortcut.norm"), host);
    EXPECT_EQ(has(names, "block3.relu"), host) << "before the average";
    EXPECT_EQ(observed(network, pass), names);
    pass.tile_rows = 10000;
    const auto with_converters = observed(network, pass);
    EXPECT_THAT(train::converter_layers(network), testing::IsSubsetOf(with_converters));
    EXPECT_EQ(with_converters.size(), names.size() + train::converter_layers(network).size());
    pass.tile_rows = 0;
    pass.rounding.logits_fp16 = true;
    auto rounded = train::rounded_layers(network, pass.rounding);
    rounded.emplace_back("classifier");
    EXPECT_EQ(rounded, names);
    EXPECT_EQ(observed(network, pass), names);
  }
}

}  // namespace
}  // namespace phasecore
