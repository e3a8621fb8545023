// Training rounds where the chip it trains for does: its quantised forward pass against that chip's executor.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <random>

#include "models/graph/builder.hpp"
#include "models/graph/fold.hpp"
#include "models/graph/mvm.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "nas/train/forward.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/executor.hpp"
#include "tests/nas/train/small_networks.hpp"

namespace phasecore {
namespace {

constexpr double kUnit = 1.0 / 64;  ///< one code of the image
constexpr int kTop = 127;

/// A residual block, pooled and classified, in which nothing but the rounding to codes is inexact: weights
/// are -1, 0 and 1, batch norms shift by whole units, so every sum is a whole number of units, small enough
/// for FP16. The codes' widths are odd multiples of each other: no value lies midway between two codes.
graph::Network whole_numbers() {
  graph::Builder b("whole", {2, 8, 8});
  const auto block = [&](const std::string& conv, const std::string& norm, int from, int kernel) {
    return b.batch_norm(norm, b.conv(conv, from, 4, graph::centred_window(kernel, 1)));
  };
  const int stem = b.relu("stem.relu", block("stem", "stem.norm", b.input(), 3));
  const int first = b.relu("relu1", block("conv1", "norm1", stem, 3));
  const int branch = block("conv2", "norm2", first, 3), shortcut = block("shortcut", "norm3", stem, 1);
  const int sum = b.relu("relu", b.add("add", branch, shortcut));
  const int pooled = b.average_pool("pool", sum, graph::square_window(2, 2));
  b.deliver(b.gemm("classifier", b.flatten("flatten", pooled), 10));
  graph::Network network = b.finish();
  std::mt19937 engine(3);
  const auto below = [&](int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); };
  for (graph::Layer& layer : network.layers) {
    if (auto* mvm = layer.edit<graph::Mvm>()) {
      for (float& w : mvm->weights.values) w = below(3) > 0 ? 0.0f : static_cast<float>(2 * below(2) - 1);
      for (float& v : mvm->bias.values) v = 0;
    }
    if (auto* norm = layer.edit<graph::BatchNorm>()) {
      norm->epsilon = 0.25f;
      for (float& v : norm->variance.values) v = 0.75f;
      for (float& v : norm->offset.values) v = static_cast<float>(27 * (below(9) - 4) * kUnit);
      for (float& v : norm->mean.values) v = static_cast<float>(27 * (below(9) - 4) * kUnit);
    }
  }
  const auto codes = [&](const char* layer, double units) { network.ranges[layer] = kTop * units * kUnit; };
  codes("input", 1);
  codes("stem.relu", 3);
  codes("relu1", 9);
  codes("norm2", 27);
  codes("norm3", 27);
  codes("relu", 81);
  codes("pool", 45 / 4.0);
  codes("classifier", 135 / 4.0);
  return graph::build(std::move(network));
}

/// FP16 logits.
std::vector<float> by_training(const graph::Network& network, const data::Dataset& images,
                               const train::Rounding& rounding) {
  train::Pass pass;
  pass.activation_bits = 8;
  pass.rounding = rounding;
  pass.ranges = &network.ranges;
  train::Parameters parameters(network);
  const torch::Tensor out =
      test::logits(network, parameters, images, pass).to(torch::kFloat16).to(torch::kFloat32).contiguous();
  return {out.data_ptr<float>(), out.data_ptr<float>() + out.numel()};
}

/// The same; all layers are in digital units, where no converter rounds.
std::vector<float> by_chip(const graph::Network& network, const data::Dataset& images, config::Chip chip) {
  config::LayerOverride digital;
  digital.digital = true;
  chip.layers = {{"*", digital}};
  const graph::FoldedNetwork folded = graph::fold(network);
  const mapping::Mapping map = mapping::map(folded, chip);
  const auto codes = numerics::calibrate(folded, map, chip, {0, images.shape, {}});
  const numerics::Executor executor(map, chip, config::load_device(chip.device), codes);
  std::vector<float> logits = executor.logits(executor.ideal(), images.batch(0, images.size()), 0);
  numerics::round_fp16(logits.size(), logits.data());  // those of codes are not
  return logits;
}

TEST(TrainRounding, IsThatOfTheChipThatIsTrainedForValueByValue) {
  const graph::Network network = whole_numbers();
  const data::Dataset images = test::random_images(20, {2, 8, 8});
  const config::Chip on_chip = config::load_chip("hermes-mesh"), by_host = config::load_chip("hermes");
  const train::Rounding network_rule{graph::Interlayer::Network, true},
      host_rule{graph::Interlayer::Host, false};
  ASSERT_EQ(on_chip.host.interlayer, network_rule.interlayer);
  ASSERT_EQ(on_chip.numbers.logits_fp16, network_rule.logits_fp16);
  ASSERT_EQ(by_host.host.interlayer, host_rule.interlayer);
  ASSERT_EQ(by_host.numbers.logits_fp16, host_rule.logits_fp16);
  EXPECT_EQ(by_training(network, images, network_rule), by_chip(network, images, on_chip));
  EXPECT_EQ(by_training(network, images, host_rule), by_chip(network, images, by_host));
}

// Each half of the rule by itself, and that the network above tells them apart.
TEST(TrainRounding, DiffersWhereTheRulesDo) {
  const graph::Network network = whole_numbers();
  const data::Dataset images = test::random_images(20, {2, 8, 8});
  for (const auto interlayer : {graph::Interlayer::Network, graph::Interlayer::Host})
    for (const bool fp16 : {true, false}) {
      config::Chip chip = config::load_chip("hermes-mesh");
      chip.host.interlayer = interlayer;
      chip.numbers.logits_fp16 = fp16;
      const auto chips = by_chip(network, images, chip);
      for (const auto trained : {graph::Interlayer::Network, graph::Interlayer::Host})
        for (const bool trained_fp16 : {true, false})
          EXPECT_EQ(by_training(network, images, {trained, trained_fp16}) == chips,
                    trained == interlayer && trained_fp16 == fp16);
    }
}

}  // namespace
}  // namespace phasecore
