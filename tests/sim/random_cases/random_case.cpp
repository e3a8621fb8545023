#include "tests/sim/random_cases/random_case.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <utility>

#include "common/diagnostics.hpp"
#include "models/graph/fold.hpp"
#include "sim/fabric/fabric.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/sim/numerics/encoders.hpp"
#include "tests/sim/numerics/recurrent_networks.hpp"
#include "tests/sim/random_cases/random_chip.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore::test {
namespace {

/// Depthwise and pointwise convolutions in turn.
graph::Network separable(Dice& dice, std::uint32_t seed) {
  const int side = 6 + 2 * dice.below(4);
  Draft d({1 + dice.below(3), side, side}, seed);
  int at = d.relu(d.conv(0, 4 + 2 * dice.below(3), 3, 1 + dice.below(2)));
  const int blocks = 1 + dice.below(3);
  for (int i = 0; i < blocks; ++i) {
    const int channels = d.shape(at)[0];
    const int deep = d.relu(d.batch_norm(d.conv(at, channels, 3, 1 + dice.below(2), -1, channels)));
    at = d.relu(d.batch_norm(d.conv(deep, 4 + 2 * dice.below(4), 1)));
  }
  if (dice.chance(50)) at = d.global_average_pool(at);
  return d.build(d.gemm(d.flatten(at), 5), "separable" + std::to_string(seed));
}

graph::Recurrent recurrent_layer(Dice& dice, int values) {
  const int hidden = 4 + dice.below(20);
  switch (dice.below(4)) {
    case 0:
      return gru(values, hidden);
    case 1:
      return rnn(values, hidden);
    case 2:
      return both_ways(values, hidden);
    default:
      return lstm(values, hidden);
  }
}

graph::Network sequences(Dice& dice) {
  const int steps = 1 + dice.below(6), values = 2 + dice.below(8), layers = 1 + dice.below(2);
  std::vector<graph::Recurrent> all;
  for (int i = 0; i < layers; ++i)
    all.push_back(
        recurrent_layer(dice, all.empty() ? values : all.back().directions() * all.back().hidden()));
  return recurrent_network({steps, values}, std::move(all));
}

graph::Network encoder(Dice& dice) {
  EncoderSize size;
  size.tokens = 2 + dice.below(6);
  size.values = 2 + dice.below(6);
  size.heads = 1 + dice.below(3);
  size.width = size.heads * (2 + 2 * dice.below(3));
  return dice.chance(50) ? norms_behind(size) : norms_first(size, 4 + 2 * dice.below(2));
}

NetworkKind kind_of(std::uint32_t seed) {
  constexpr std::array<NetworkKind, 8> kinds = {
      NetworkKind::Layers,    NetworkKind::Branches, NetworkKind::Layers, NetworkKind::Separable,
      NetworkKind::Recurrent, NetworkKind::Encoder,  NetworkKind::Layers, NetworkKind::Branches};
  return kinds[seed % kinds.size()];
}

graph::Network network_of(NetworkKind kind, Dice& dice, std::uint32_t seed) {
  const std::uint32_t draw = 1000 * seed + static_cast<std::uint32_t>(dice.below(1000));
  switch (kind) {
    case NetworkKind::Layers:
      return random_network(draw, 2 + dice.below(8));
    case NetworkKind::Branches:
      return random_joined_network(draw, 1 + dice.below(4));
    case NetworkKind::Separable:
      return separable(dice, draw);
    case NetworkKind::Recurrent:
      return sequences(dice);
    case NetworkKind::Encoder:
      break;
  }
  return encoder(dice);
}

}  // namespace

RandomCase::RandomCase(graph::Network n, config::Chip c)
    : network(std::move(n)),
      chip(std::move(c)),
      map(mapping::map(graph::fold(network), chip)),
      built(mapping::build_program(map, chip)),
      platform(fabric::make(chip)->platform()) {
  platform.units = built.units;
}

RandomCase random_case(std::uint32_t seed) {
  constexpr int kDraws = 40;
  std::string last;
  for (int draw = 0; draw < kDraws; ++draw) {
    Dice dice(seed, draw);
    const NetworkKind kind = kind_of(seed);
    graph::Network network = network_of(kind, dice, seed);
    std::string what = network.name + " on ";
    try {
      const RandomChip drawn = random_chip(dice, network);
      what += drawn.what;
      RandomCase made(std::move(network), drawn.chip);
      made.seed = seed;
      made.kind = kind;
      made.what = what;
      made.refused = draw;
      return made;
    } catch (const common::InputError& e) {  // too small a chip, a schedule that it cannot have, ...
      last = e.what();
    } catch (const common::InternalError& e) {
      throw common::InternalError(std::string(e.what()) + "\n  " + what);
    }
  }
  throw common::InternalError("no random case for seed " + std::to_string(seed) + "; the last draw: " + last);
}

void for_random_cases(std::uint32_t first, int count, const std::function<void(const RandomCase& c)>& one) {
  for_seeds(first, count, [&](std::uint32_t seed) {
    const RandomCase c = random_case(seed);
    SCOPED_TRACE(c.what);
    expect_no_throw([&] { one(c); });
  });
}

graph::Batch random_images(const RandomCase& c, std::uint32_t seed, int images) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  const graph::Shape& shape = c.network.input().shape;
  graph::Batch batch{images, shape,
                     std::vector<float>(static_cast<std::size_t>(images) * graph::volume(shape))};
  for (float& value : batch.values) value = normal(engine);
  return batch;
}

}  // namespace phasecore::test
