// The parts of a training run, one by one.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "nas/train/batches.hpp"
#include "nas/train/forward.hpp"
#include "nas/train/hardware_ops.hpp"
#include "nas/train/losses.hpp"
#include "nas/train/mvm.hpp"
#include "nas/train/optimizer.hpp"
#include "nas/train/random.hpp"
#include "sim/analog/devices.hpp"
#include "tests/nas/train/small_networks.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using torch::Tensor;

using test::generator;
using test::random_images;

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

TEST(TrainBatches, WhatIsShiftedInRepeatsTheBorderWithoutAFill) {
  const std::vector<float> image{1, 2, 3, 4, 5, 6};
  std::vector<float> out(6);
  train::shifted_copy(image.data(), {1, 2, 3}, 1, -1, false, std::nullopt, out.data());
  EXPECT_EQ(out, (std::vector<float>{4, 4, 5, 4, 4, 5}));
}

TEST(TrainBatches, HeightAndWidthAreShiftedByTheirOwnPadding) {
  data::Dataset set = random_images(200, {1, 5, 5});
  for (int i = 0; i < 200; ++i)
    for (int p = 0; p < 25; ++p) set.images[i * 25 + p] = static_cast<float>(p);  // a pixel says where it was
  set.images[0] = -1;
  train::Settings settings;
  settings.batch_size = 200;
  settings.augmentation.crop_padding_h_px = 2;
  std::vector<float> images(200 * 25);
  std::vector<std::int64_t> labels(200);
  train::EpochBatches(set, settings, 0).fill(0, images.data(), labels.data());
  std::set<float> rows, columns;
  for (int i = 0; i < 200; ++i) {
    const float centre = images[i * 25 + 12];
    rows.insert(std::floor(centre / 5));
    columns.insert(centre - 5 * std::floor(centre / 5));
  }
  EXPECT_EQ(rows, (std::set<float>{0, 1, 2, 3, 4}));
  EXPECT_EQ(columns, std::set<float>{2});
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

// Nine weights of one sign are what a stem or a depthwise filter may be; see docs/decisions/042.
TEST(TrainOperations, ClippingIsAboutZeroAndShrinksNoFilter) {
  const Tensor average = torch::full({1, 1, 3, 3}, 0.5f) + 0.01 * torch::rand({1, 1, 3, 3}, generator(1));
  Tensor kept = average.clone();
  for (int i = 0; i < 100; ++i) train::clip_to_deviations(kept, train::Reference::Column, 2);
  EXPECT_TRUE(torch::equal(kept, average));
  Tensor long_column = torch::randn({1, 10000}, generator(2));
  long_column[0][0] = 40;
  const double deviation = long_column.square().mean().sqrt().item<double>();
  train::clip_to_deviations(long_column, train::Reference::Column, 2);
  EXPECT_NEAR(long_column.abs().max().item<double>(), 2 * deviation, 1e-4);
}

// Esser et al., arXiv 1902.08153, equations 2, 3 and 5, value by value.
TEST(TrainOperations, LearnedStepsHaveTheGradientOfLsq) {
  Tensor x = torch::tensor({-9.0, -1.3, 0.2, 0.6, 1.1, 7.0}).to(torch::kFloat32).requires_grad_();
  Tensor step = torch::full({}, 0.5f).requires_grad_();
  const Tensor y = train::through_learned_codes(x, step, 3);
  EXPECT_TRUE(torch::equal(y.detach(), train::through_codes(x.detach(), 0.5, 3)));
  (y * torch::tensor({1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f})).sum().backward();
  const double slope = 1 * -3 + 2 * (-3 + 2.6) + 3 * (0 - 0.4) + 4 * (1 - 1.2) + 5 * (2 - 2.2) + 6 * 3;
  EXPECT_NEAR(step.grad().item<double>(), slope / std::sqrt(6.0 * 3), 1e-5);
  EXPECT_TRUE(torch::equal(x.grad(), torch::tensor({0.0f, 2.0f, 3.0f, 4.0f, 5.0f, 0.0f})));
}

// Against the simulator's own formula, one target after the other: 40,000 pairs each, bounds of four standard
// errors.
TEST(TrainOperations, ProgrammingErrorsAreThoseOfTheDevice) {
  const config::Device device = config::load_device("hermes-2");
  const int count = 40000;
  for (const double x : {0.3, -0.7, 1.0}) {
    const Tensor weight = torch::full({1, count}, 0.2 * x);
    const Tensor errors =
        train::programming_errors(device, weight, torch::full({1, 1}, 0.2f), 1, generator(3)) / 0.2;
    // The device of the other sign: a normal value cut off below 0, of mean s / sqrt(2 pi) and mean square
    // s^2 / 2.
    const double own = analog::programming_sigma(device, std::abs(x) * device.g_max_us) / device.g_max_us;
    const double other = analog::programming_sigma(device, 0) / device.g_max_us;
    const double mean = (x > 0 ? -1 : 1) * other / std::sqrt(2 * M_PI);
    const double variance = own * own + other * other * (0.5 - 0.5 / M_PI);
    EXPECT_NEAR(errors.mean().item<double>(), mean, 4 * std::sqrt(variance / count)) << x;
    EXPECT_NEAR(errors.var().item<double>(), variance, 4 * variance * std::sqrt(2.0 / count)) << x;
  }
}

TEST(TrainOperations, DropConnectSetsItsShareToZero) {
  train::Pass pass;
  pass.drop_connect = 0.2;
  pass.noise = generator(1);
  const Tensor weight = torch::full({100, 500}, 3.0f);
  const Tensor seen = train::with_weight_errors(weight, pass);
  const double zeros = (seen == 0).sum().item<double>() / 50000;
  EXPECT_NEAR(zeros, 0.2, 4 * std::sqrt(0.2 * 0.8 / 50000));
  EXPECT_EQ(((seen == 0) + (seen == 3)).sum().item<int>(), 50000);
}

TEST(TrainOperations, ColumnsAreCutIntoEqualParts) {
  EXPECT_EQ(train::row_cuts(576, 256), (std::vector<int>{0, 192, 384, 576}));
  EXPECT_EQ(train::row_cuts(256, 256), (std::vector<int>{0, 256}));
  EXPECT_EQ(train::row_cuts(257, 256), (std::vector<int>{0, 129, 257}));
  EXPECT_EQ(train::row_cuts(10, 0), (std::vector<int>{0, 10}));
}

TEST(TrainLosses, MixupSharesHaveTheMomentsOfTheirBetaDistribution) {
  const int draws = 4000;
  const double concentration = 0.4;
  double sum = 0, squares = 0;
  for (int i = 0; i < draws; ++i) {
    const double share = train::mixup_share(concentration, generator(static_cast<std::uint64_t>(i)));
    ASSERT_GE(share, 0);
    ASSERT_LE(share, 1);
    sum += share;
    squares += share * share;
  }
  const double variance = 1 / (4 * (2 * concentration + 1));
  EXPECT_NEAR(sum / draws, 0.5, 4 * std::sqrt(variance / draws));
  EXPECT_NEAR(squares / draws - 0.25, variance, 4 * 0.4 / std::sqrt(draws));  // the squares deviate by 0.4
}

TEST(TrainLosses, BlendedImagesHaveBlendedTargets) {
  const Tensor logits = torch::tensor({{2.0f, 0.0f}, {0.0f, 1.0f}});
  const Tensor labels = torch::tensor({0, 1}, torch::kInt64);
  const Tensor log = torch::log_softmax(logits, 1);
  const double expected =
      -0.7 * (log[0][0] + log[1][1]).item<double>() / 2 - 0.3 * (log[0][1] + log[1][0]).item<double>() / 2;
  EXPECT_NEAR(train::blended_cross_entropy(logits, labels, 0.7, 0).item<double>(), expected, 1e-6);
  const Tensor images = torch::tensor({1.0f, 5.0f}).view({2, 1});
  EXPECT_TRUE(torch::allclose(train::blended(images, 0.75), torch::tensor({2.0f, 4.0f}).view({2, 1})));
}

TEST(TrainLosses, DistillationIsZeroOnlyWhereTheTeacherIsMatched) {
  const Tensor teacher = torch::tensor({{1.0f, 2.0f, 0.5f}, {0.0f, 3.0f, 1.0f}});
  EXPECT_NEAR(train::distillation(teacher + 4, teacher, 3).item<double>(), 0,
              1e-6);  // logits up to a constant
  EXPECT_GT(train::distillation(teacher * 2, teacher, 3).item<double>(), 0.01);
  Tensor student = torch::zeros({2, 3}).requires_grad_();
  const auto loss = [&] { return train::distillation(student, teacher, 2); };
  loss().backward();
  // Hinton et al., section 2.1: T (q - p) per logit, here for T^2 times the divergence and the mean over 2.
  const Tensor expected = (torch::softmax(student / 2, 1) - torch::softmax(teacher / 2, 1)).detach() * 2 / 2;
  EXPECT_TRUE(torch::allclose(student.grad(), expected, 1e-4, 1e-6));
}

TEST(TrainOptimizer, LearningRateRisesLinearlyAndFallsAlongACosine) {
  const auto rate = [](double epochs_done) { return train::learning_rate(epochs_done, 0.8, 2, 10); };
  EXPECT_DOUBLE_EQ(rate(0), 0);
  EXPECT_DOUBLE_EQ(rate(0.5), 0.2);
  EXPECT_DOUBLE_EQ(rate(1.5), 0.6);
  EXPECT_DOUBLE_EQ(rate(2), 0.8);
  EXPECT_NEAR(rate(4), 0.4 * (1 + std::sqrt(0.5)), 1e-12);  // a quarter of the way: cos 45 degrees
  EXPECT_NEAR(rate(6), 0.4, 1e-12);
  EXPECT_NEAR(rate(8), 0.4 * (1 - std::sqrt(0.5)), 1e-12);
  EXPECT_NEAR(rate(10), 0, 1e-12);
  EXPECT_DOUBLE_EQ(train::learning_rate(0, 0.8, 0, 10), 0.8) << "without a warm-up it starts at the top";
}

/// Ten steps of one parameter towards 3 by this project's optimiser and by torch's.
void expect_like_torch(train::OptimizerKind kind) {
  const Tensor ours = torch::full({4}, 1.0f).requires_grad_();
  const Tensor theirs = torch::full({4}, 1.0f).requires_grad_();
  train::Optimizer own(kind, /*momentum=*/0.9, /*weight_decay=*/0.01, {ours}, 1);
  torch::optim::SGD sgd({theirs},
                        torch::optim::SGDOptions(0.05).momentum(0.9).nesterov(true).weight_decay(0.01));
  torch::optim::AdamW adam({theirs}, torch::optim::AdamWOptions(0.05).betas({0.9, 0.999}).weight_decay(0.01));
  const Tensor goal = torch::tensor({3.0f, -1.0f, 0.5f, 1.0f});
  for (int i = 0; i < 10; ++i) {
    (ours - goal).square().sum().backward();
    own.step(0.05, i);
    theirs.mutable_grad().reset();
    (theirs - goal).square().sum().backward();
    if (kind == train::OptimizerKind::Sgd)
      sgd.step();
    else
      adam.step();
  }
  EXPECT_TRUE(torch::allclose(ours, theirs, 1e-5, 1e-6)) << ours << theirs;
  EXPECT_GT((ours - 1).abs().max().item<double>(), 0.1);
}

TEST(TrainOptimizer, SgdStepsAsTorchDoes) {
  expect_like_torch(train::OptimizerKind::Sgd);
}
TEST(TrainOptimizer, AdamStepsAsTorchDoes) {
  expect_like_torch(train::OptimizerKind::Adam);
}

}  // namespace
}  // namespace phasecore
