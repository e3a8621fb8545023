// Relations between networks whose logits must be the same, or a known function of each other, to the bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/mvm.hpp"
#include "sim/analog/array.hpp"
#include "sim/numerics/executor.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/sim/random_cases/random_chip.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore {
namespace {

using test::Dice;

constexpr int kCases = 200, kImages = 4;

/// Two convolutions with ReLUs and a classifier: "first", "second", "last".
struct Pair {
  explicit Pair(std::uint32_t seed) : dice(seed, 62) {
    test::Draft d({1 + dice.below(3), 4 + dice.below(4), 4 + dice.below(4)}, seed);
    first = d.conv(0, 2 + dice.below(6), 1 + 2 * dice.below(2), 1 + dice.below(2));
    second = d.conv(d.relu(first), 2 + dice.below(6), 1 + 2 * dice.below(2));
    last = d.gemm(d.flatten(d.relu(second)), 5);
    network = d.build(last);
    images = {kImages, network.input().shape, {}};
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal;
    images.values.resize(kImages * static_cast<std::size_t>(graph::volume(images.shape)));
    for (float& value : images.values) value = normal(engine);
    // Rows are not cut: partial sums are rounded.
    chip = test::toy_chip(512);
    chip.numbers.weight_scaling = config::WeightScaling::Column;
    chip.adc.bits = 6 + dice.below(7);
  }

  graph::Mvm& mvm(int layer) { return *network.layers[layer].edit<graph::Mvm>(); }

  Dice dice;
  int first = 0, second = 0, last = 0;
  graph::Network network;
  graph::Batch images;
  config::Chip chip;
};

/// A network that is mapped, calibrated on its images, with its arithmetic.
struct Mapped {
  explicit Mapped(const Pair& p, const config::Device& device = config::load_device("hermes-2"))
      : folded(graph::fold(p.network)),
        map(mapping::map(folded, p.chip)),
        executor(map, p.chip, device, numerics::calibrate(folded, map, p.chip, p.images)),
        images(p.images) {}

  std::vector<float> quantised() const { return executor.logits(executor.ideal(), images, 0); }
  std::vector<float> programmed(double time_s, analog::Compensation with = analog::Compensation::None) const {
    return executor.logits(executor.programmed(11, 1, {time_s}, with).front(), images, 0);
  }

  graph::FoldedNetwork folded;
  mapping::Mapping map;
  numerics::Executor executor;
  graph::Batch images;
};

std::vector<int> shuffled(int count, Dice& dice) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int i = count - 1; i > 0; --i) std::swap(order[i], order[dice.below(i + 1)]);
  return order;
}

/// values in `groups` runs of equal length: run i becomes what run order[i] was.
void permute(std::vector<float>& values, const std::vector<int>& order, std::size_t run) {
  const std::vector<float> before = values;
  for (std::size_t i = 0; i < order.size(); ++i)
    std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(order[i] * run), run,
                values.begin() + static_cast<std::ptrdiff_t>(i * run));
}

/// Output channels.
void permute_outputs(graph::Mvm& mvm, const std::vector<int>& order) {
  permute(mvm.weights.values, order, mvm.weights.values.size() / order.size());
  if (!mvm.bias.empty()) permute(mvm.bias.values, order, 1);
}

void scale(graph::Tensor& tensor, float factor) {
  for (float& value : tensor.values) value *= factor;
}

void expect_equal_bits(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i], b[i]) << "logit " << i;
}

TEST(Channels, BetweenTwoLayersMayStandInAnyOrder) {
  test::for_seeds(3000, kCases, [](std::uint32_t seed) {
    Pair pair(seed);
    const auto before = Mapped(pair).quantised();
    const std::vector<int> order = shuffled(pair.mvm(pair.first).outputs(), pair.dice);
    permute_outputs(pair.mvm(pair.first), order);
    graph::Tensor& behind = pair.mvm(pair.second).weights;
    const std::size_t kernel = static_cast<std::size_t>(behind.shape[2]) * behind.shape[3];
    const std::size_t filter = order.size() * kernel;
    for (std::size_t at = 0; at < behind.values.size(); at += filter) {
      std::vector<float> of(behind.values.begin() + static_cast<std::ptrdiff_t>(at),
                            behind.values.begin() + static_cast<std::ptrdiff_t>(at + filter));
      permute(of, order, kernel);
      std::copy(of.begin(), of.end(), behind.values.begin() + static_cast<std::ptrdiff_t>(at));
    }
    expect_equal_bits(Mapped(pair).quantised(), before);
  });
}

TEST(Classes, InAnotherOrderGiveTheLogitsInThatOrder) {
  test::for_seeds(3200, kCases, [](std::uint32_t seed) {
    Pair pair(seed);
    pair.chip.numbers.logits_fp16 = pair.dice.chance(50);
    auto logits = Mapped(pair).quantised();
    const std::vector<int> order = shuffled(5, pair.dice);
    permute_outputs(pair.mvm(pair.last), order);
    for (int image = 0; image < kImages; ++image) {
      std::vector<float> of(logits.begin() + 5 * image, logits.begin() + 5 * image + 5);
      permute(of, order, 1);
      std::copy(of.begin(), of.end(), logits.begin() + 5 * image);
    }
    const auto after = Mapped(pair).quantised();
    if (pair.chip.numbers.logits_fp16) return expect_equal_bits(after, logits);
    // The step of INT8 logits is measured in float, where the last bit depends on a channel's place.
    for (std::size_t i = 0; i < logits.size(); ++i)
      EXPECT_NEAR(after[i], logits[i], 1e-6f * std::abs(logits[i]));
  });
}

// Conductances are weights over the largest of their column: powers of two leave them, and every code, as
// they are.
TEST(Weights, MayTakeAPowerOfTwoFromTheLayerBehind) {
  test::for_seeds(3400, kCases, [](std::uint32_t seed) {
    Pair pair(seed);
    const Mapped before(pair);
    const float factor = std::ldexp(1.0f, pair.dice.below(9) - 4);
    scale(pair.mvm(pair.first).weights, factor);
    scale(pair.mvm(pair.first).bias, factor);
    scale(pair.mvm(pair.second).weights, 1 / factor);
    const Mapped after(pair);
    expect_equal_bits(after.quantised(), before.quantised());
    expect_equal_bits(after.programmed(3600), before.programmed(3600));
  });
}

// FP16 logits are multiplied exactly unless they are below the smallest normal number.
TEST(Images, AsBrightAsTheBiasesGiveLogitsAsLarge) {
  test::for_seeds(3600, kCases, [](std::uint32_t seed) {
    Pair pair(seed);
    const auto before = Mapped(pair).quantised();
    const float factor = std::ldexp(1.0f, 1 + pair.dice.below(4));
    for (const int layer : {pair.first, pair.second, pair.last}) scale(pair.mvm(layer).bias, factor);
    for (float& value : pair.images.values) value *= factor;
    const auto after = Mapped(pair).quantised();
    for (std::size_t i = 0; i < before.size(); ++i)
      EXPECT_NEAR(after[i], factor * before[i], std::abs(before[i]) < 1e-4 ? 1e-6 : 0) << "logit " << i;
  });
}

TEST(Logits, ChangeTheirSignsWithTheWeightsInFrontOfThem) {
  test::for_seeds(3800, kCases, [](std::uint32_t seed) {
    Pair pair(seed);
    auto logits = Mapped(pair).quantised();
    scale(pair.mvm(pair.last).weights, -1);
    scale(pair.mvm(pair.last).bias, -1);
    for (float& logit : logits) logit = -logit;
    expect_equal_bits(Mapped(pair).quantised(), logits);
  });
}

// A device has its random numbers from its place in the layer, wherever that lies.
TEST(Columns, MayBeCutBetweenCrossbarsWithAllTheirDevices) {
  int cut = 0;
  test::for_seeds(4000, kCases, [&](std::uint32_t seed) {
    Pair pair(seed);
    const Mapped whole(pair);
    pair.chip.crossbar.columns = 3 + pair.dice.below(4);
    const Mapped parts(pair);
    cut += parts.map.cores_used > whole.map.cores_used;
    expect_equal_bits(parts.quantised(), whole.quantised());
    for (const double time : {1.0, 86400.0})
      expect_equal_bits(parts.programmed(time), whole.programmed(time));
  });
  EXPECT_TRUE(!test::all_seeds() || cut > kCases * 3 / 4) << cut;
}

TEST(TilesAndReplicas, ComputeTheLogitsOfOneMatrix) {
  int shared = 0;
  test::for_seeds(4200, kCases, [&](std::uint32_t seed) {
    Pair pair(seed);
    const Mapped plain(pair);
    test::share_out_randomly(plain.map, seed, pair.chip);
    const Mapped tiled(pair);
    shared += mapping::is_shared_out(tiled.map);
    expect_equal_bits(tiled.quantised(), plain.quantised());
  });
  EXPECT_TRUE(!test::all_seeds() || shared > kCases / 2) << shared;
}

/// Every weight at a conductance that has a code: none lies between two, where the last bit decides.
void take_codes(graph::Mvm& mvm, int levels) {
  const std::size_t of_one = mvm.weights.values.size() / static_cast<std::size_t>(mvm.outputs());
  for (int output = 0; output < mvm.outputs(); ++output) {
    float* weights = mvm.weights.values.data() + of_one * static_cast<std::size_t>(output);
    const float largest = analog::largest_magnitude(of_one, weights);
    for (std::size_t i = 0; i < of_one; ++i)
      weights[i] =
          std::rint(weights[i] / largest * static_cast<float>(levels)) / static_cast<float>(levels) * largest;
  }
}

TEST(Devices, ThatKeepWhatTheyAreGivenComputeWhatTheCodesCompute) {
  test::for_seeds(4400, kCases, [](std::uint32_t seed) {
    Pair pair(seed);
    pair.chip.adc.output_noise = 0;
    for (const int layer : {pair.first, pair.second, pair.last})
      take_codes(pair.mvm(layer), pair.chip.numbers.conductance_levels);
    const Mapped mapped(pair, test::perfect_device());
    for (const double time : {1.0, 3e7}) expect_equal_bits(mapped.programmed(time), mapped.quantised());
  });
}

TEST(Devices, ThatNeitherDriftNorFluctuateComputeTheSameAtAnyTime) {
  test::for_seeds(4600, kCases, [](std::uint32_t seed) {
    Pair pair(seed);
    config::Device still = test::perfect_device();
    still.programming_sigma_us = config::load_device("hermes-2").programming_sigma_us;
    const Mapped mapped(pair, still);
    const auto early = mapped.programmed(1);
    EXPECT_NE(early, mapped.quantised()) << "what is programmed has errors";
    expect_equal_bits(mapped.programmed(86400), early);
    expect_equal_bits(mapped.programmed(3e7), early);
  });
}

TEST(Batches, MayBeCutAnywhere) {
  test::for_seeds(4800, kCases, [](std::uint32_t seed) {
    Pair pair(seed);
    const Mapped mapped(pair);
    const numerics::State state = mapped.executor.programmed(3, 0, {3600}, analog::Compensation::Gdc).front();
    const auto together = mapped.executor.logits(state, pair.images, 0);
    const std::size_t volume = pair.images.values.size() / kImages;
    std::vector<float> apart;
    for (int image = 0; image < kImages; ++image) {
      const auto begin = pair.images.values.begin() + static_cast<std::ptrdiff_t>(image * volume);
      const graph::Batch one{1, pair.images.shape, {begin, begin + static_cast<std::ptrdiff_t>(volume)}};
      const auto logits = mapped.executor.logits(state, one, image);
      apart.insert(apart.end(), logits.begin(), logits.end());
    }
    expect_equal_bits(together, apart);
  });
}

TEST(Folding, LeavesWhatTheFloatNetworkComputes) {
  test::for_seeds(5000, kCases, [](std::uint32_t seed) {
    const graph::Network network = test::random_network(seed, 3 + static_cast<int>(seed % 9));
    const graph::FoldedNetwork folded = graph::fold(network);
    graph::Batch images{2, network.input().shape, {}};
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal;
    images.values.resize(2 * static_cast<std::size_t>(graph::volume(images.shape)));
    for (float& value : images.values) value = normal(engine);
    const auto before = graph::infer(network, images).front().values;
    const auto after = graph::infer(*folded, images).front().values;
    ASSERT_EQ(before.size(), after.size());
    float largest = 0;
    for (const float value : before) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], before[i], 1e-4f * largest);
  });
}

}  // namespace
}  // namespace phasecore
