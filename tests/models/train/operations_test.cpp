// The parts of a training run, one by one.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "models/graph/infer.hpp"
#include "models/onnx/onnx.hpp"
#include "models/train/batches.hpp"
#include "models/train/hardware_ops.hpp"
#include "models/train/quantile.hpp"
#include "models/train/random.hpp"
#include "models/train/transfer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using torch::Tensor;

at::Generator generator(std::uint64_t seed) {
  return at::detail::createCPUGenerator(seed);
}

/// Random images with labels; deterministic.
data::Dataset random_images(int count, const graph::Shape& shape) {
  data::Dataset set;
  set.name = "random";
  set.shape = shape;
  set.classes = 10;
  std::mt19937 engine(7);
  for (long long i = 0; i < count * graph::volume(shape); ++i)
    set.images.push_back(static_cast<float>(engine() % 2001) / 1000.0f - 1.0f);
  for (int i = 0; i < count; ++i) set.labels.push_back(static_cast<std::uint8_t>(engine() % 10));
  return set;
}

TEST(TrainKeys, DifferInEveryPart) {
  std::set<std::uint64_t> keys;
  for (int seed = 0; seed < 5; ++seed)
    for (int major = 0; major < 5; ++major)
      for (int minor = 0; minor < 5; ++minor)
        for (const auto choice :
             {train::Choice::ImageOrder, train::Choice::Augmentation, train::Choice::Noise})
          keys.insert(train::key_of(seed, choice, major, minor));
  EXPECT_EQ(keys.size(), 5u * 5u * 5u * 3u);
}

TEST(TrainBatches, EveryEpochIsAnotherPermutation) {
  const auto first = train::epoch_order(1000, 1, 0);
  const auto second = train::epoch_order(1000, 1, 1);
  EXPECT_NE(first, second);
  EXPECT_EQ(first, train::epoch_order(1000, 1, 0));
  for (auto order : {first, second}) {
    std::sort(order.begin(), order.end());
    std::vector<int> all(1000);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(order, all);
  }
}

TEST(TrainBatches, ShiftedCopyMovesMirrorsAndFills) {
  const std::vector<float> image{1, 2, 3, 4, 5, 6};  // 2 rows of 3
  const graph::Shape shape{1, 2, 3};
  std::vector<float> out(6);
  train::shifted_copy(image.data(), shape, 0, 0, true, 9, out.data());
  EXPECT_EQ(out, (std::vector<float>{3, 2, 1, 6, 5, 4}));
  train::shifted_copy(image.data(), shape, 1, -1, false, 9, out.data());
  EXPECT_EQ(out, (std::vector<float>{9, 4, 5, 9, 9, 9}));
  train::shifted_copy(image.data(), shape, 0, 1, true, 9, out.data());
  EXPECT_EQ(out, (std::vector<float>{9, 3, 2, 9, 6, 5}));
}

TEST(TrainBatches, WithoutAugmentationAnEpochIsTheShuffledData) {
  const data::Dataset set = random_images(50, {1, 4, 4});
  train::Settings settings;
  settings.seed = 3;
  settings.batch_size = 8;
  const train::EpochBatches batches(set, settings, 2);
  ASSERT_EQ(batches.count(), 6);
  const auto order = train::epoch_order(50, 3, 2);
  std::vector<float> images(8 * 16);
  std::vector<std::int64_t> labels(8);
  for (int b = 5; b >= 0; --b) {  // any order
    batches.fill(b, images.data(), labels.data());
    for (int i = 0; i < 8; ++i) {
      EXPECT_EQ(labels[i], set.labels[order[b * 8 + i]]);
      for (int p = 0; p < 16; ++p) EXPECT_EQ(images[i * 16 + p], set.images[order[b * 8 + i] * 16 + p]);
    }
  }
}

TEST(TrainQuantile, EqualsTheSortedValueForAnyCut) {
  std::mt19937 engine(5);
  for (const int total : {1, 2, 10, 999, 1000, 1001, 54321}) {
    std::vector<float> values(total);
    for (float& v : values) v = static_cast<float>(engine() % 100000) - 50000.0f;
    std::vector<float> sorted(values);
    for (float& v : sorted) v = std::abs(v);
    std::sort(sorted.begin(), sorted.end());
    for (const double share : {0.001, 0.5, 0.999, 1.0}) {
      const double expected = sorted[static_cast<std::size_t>(std::ceil(share * total)) - 1];
      for (const std::size_t cut : {std::size_t{1}, std::size_t{37}, std::size_t{100000}}) {
        train::AbsoluteQuantile quantile(share, total);
        for (std::size_t at = 0; at < values.size(); at += cut)
          quantile.add(&values[at], std::min(cut, values.size() - at));
        EXPECT_EQ(quantile.value(), expected) << total << " values, share " << share << ", cut " << cut;
      }
    }
  }
}

TEST(TrainQuantile, RefusesToAnswerEarly) {
  train::AbsoluteQuantile quantile(0.5, 3);
  const float value = 1;
  quantile.add(&value, 1);
  EXPECT_NE(test::internal_error([&] { quantile.value(); }), "");
}

TEST(TrainOperations, CodesRoundClipAndPassTheGradientInside) {
  Tensor x = torch::tensor({-9.0, -1.26, -0.24, 0.0, 0.26, 0.75, 1.74, 1.76, 5.0}).to(torch::kFloat32);
  x.requires_grad_();
  const Tensor y = train::through_codes(x, 0.5, 3);
  const std::vector<float> expected{-1.5f, -1.5f, -0.0f, 0.0f, 0.5f, 1.0f, 1.5f, 1.5f, 1.5f};
  const std::vector<float> gradient{0, 1, 1, 1, 1, 1, 0, 0, 0};
  (y * 2).sum().backward();
  for (int i = 0; i < x.size(0); ++i) {
    EXPECT_FLOAT_EQ(y[i].item<float>(), expected[i]) << i;
    EXPECT_FLOAT_EQ(x.grad()[i].item<float>(), 2 * gradient[i]) << i;
  }
}

TEST(TrainOperations, NoiseHasItsDeviationAndIgnoresMemoryLayout) {
  const Tensor like = torch::zeros({64, 16, 12, 12}).contiguous(torch::MemoryFormat::ChannelsLast);
  const Tensor z = train::normal_like(like, 0.25, generator(1));
  EXPECT_EQ(z.strides(), like.strides());
  EXPECT_NEAR(z.mean().item<double>(), 0, 4 * 0.25 / std::sqrt(z.numel()));
  EXPECT_NEAR(z.std().item<double>(), 0.25, 0.25 * 4 / std::sqrt(2.0 * z.numel()));
  EXPECT_TRUE(torch::equal(z, train::normal_like(like, 0.25, generator(1))));
  EXPECT_FALSE(torch::equal(z, train::normal_like(like, 0.25, generator(2))));
}

TEST(TrainOperations, WeightNoiseIsRelativeToTheLargestOfItsColumnOrLayer) {
  const Tensor weight = torch::tensor({1.0f, -2.0f, 0.5f, 0.25f, -8.0f, 3.0f}).view({3, 2, 1, 1});
  const Tensor columns = train::largest(weight, train::Reference::Column).flatten();
  EXPECT_TRUE(torch::equal(columns, torch::tensor({2.0f, 0.5f, 8.0f})));
  EXPECT_EQ(train::largest(weight, train::Reference::Layer).item<float>(), 8.0f);
}

/// A network whose batch norms do something.
train::ResNet8 random_network(std::uint64_t seed) {
  train::ResNet8 network(1, {4, 6, 8}, 10, generator(seed));
  torch::NoGradGuard no_grad;
  at::Generator g = generator(seed + 1);
  for (const auto& u : network.units()) {
    Tensor(u.scale).normal_(1, 0.2, g);
    Tensor(u.offset).normal_(0, 0.2, g);
    Tensor(u.mean).normal_(0, 0.2, g);
    Tensor(u.variance).uniform_(0.5, 1.5, g);
  }
  Tensor(network.classifier_bias()).normal_(0, 0.2, g);
  return network;
}

train::Settings named() {
  train::Settings settings;
  settings.name = "random";
  settings.channels = {4, 6, 8};
  return settings;
}

Tensor logits(train::ResNet8& network, const data::Dataset& set) {
  torch::NoGradGuard no_grad;
  const auto& s = set.shape;
  return network.forward(torch::tensor(set.images).view({set.size(), s[0], s[1], s[2]}), train::Pass{});
}

TEST(TrainTransfer, ExportedNetworkComputesTheSameLogits) {
  const data::Dataset set = random_images(20, {1, 12, 12});
  train::ResNet8 network = random_network(1);
  const Tensor expected = logits(network, set);
  const std::string bytes = onnx::serialize(train::to_graph(network, named(), set));
  const graph::Network exported = onnx::parse(bytes, "test.onnx");
  const graph::Batch out = graph::infer(exported, set.batch(0, set.size())).front();
  ASSERT_EQ(out.values.size(), 200u);
  for (int i = 0; i < 200; ++i) EXPECT_NEAR(out.values[i], expected[i / 10][i % 10].item<float>(), 1e-4) << i;
  EXPECT_EQ(exported.ranges.size(), exported.layers.size());
  EXPECT_EQ(exported.metadata.count("phasecore.recipe"), 1u);
}

TEST(TrainTransfer, StartingFromAnExportChangesNoLogit) {
  const data::Dataset set = random_images(100, {1, 12, 12});
  train::ResNet8 trained = random_network(1);
  const Tensor expected = logits(trained, set);
  train::ResNet8 fresh(1, {4, 6, 8}, 10, generator(99));
  EXPECT_GT((logits(fresh, set) - expected).abs().max().item<double>(), 0.1);
  train::start_from(train::to_graph(trained, named(), set), set, fresh);
  EXPECT_LT((logits(fresh, set) - expected).abs().max().item<double>(), 1e-4);
}

TEST(TrainTransfer, StartingFromAnotherShapeNamesEveryLayer) {
  const data::Dataset set = random_images(10, {1, 12, 12});
  train::ResNet8 trained = random_network(1);
  const graph::Network exported = train::to_graph(trained, named(), set);
  train::ResNet8 wider(1, {4, 6, 10}, 10, generator(1));
  const std::string message = test::input_error([&] { train::start_from(exported, set, wider); });
  for (const char* layer : {"block3.conv1", "block3.conv2", "block3.shortcut", "classifier"})
    EXPECT_NE(message.find(layer), std::string::npos) << layer;
  EXPECT_EQ(message.find("block2"), std::string::npos) << message;
}

}  // namespace
}  // namespace phasecore
