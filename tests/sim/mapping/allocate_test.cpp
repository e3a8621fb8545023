// The ways of computing a layer, and which of them the compiler chooses: against exhaustive search, and
// against what the closed form gives for networks of the zoo.
#include "sim/mapping/allocate.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "models/graph/fold.hpp"
#include "models/zoo/definitions/zoo.hpp"
#include "sim/mapping/mapping.hpp"
#include "tests/sim/mapping/networks.hpp"

namespace phasecore::mapping {
namespace {

using common::Picoseconds;

constexpr double kWaitingCore = 49'200;  // aJ per ps: 49.2 mW
constexpr CorePower kAlwaysOn{kWaitingCore, kWaitingCore};

LayerOptions options_of(const std::string& network, const std::string& read_mode, bool windows = true) {
  const config::Chip chip =
      test::one_to_one("hermes-mesh", {"grid.columns=32", "grid.rows=32", "crossbar.read_mode=" + read_mode});
  LayerOptions layers;
  const Mapping mapping = map(graph::fold(zoo::find(network)->build()), chip);
  for (const Stage& stage : mapping.stages) {
    OptionRules rules;
    rules.windows = windows;
    rules.rest.own_core = false;
    layers.push_back(options(stage, chip, rules));
  }
  return layers;
}

double firings_aj(const LayerOptions& layers, const Allocation& a) {
  double energy = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Option& option = layers[l][a.layers[l].option];
    energy += static_cast<double>(option.firings) * static_cast<double>(option.firing_energy);
  }
  return energy;
}

// With a matrix in one crossbar and nothing else, replicas alone, and tiles of pixels: ResNet-8's first layer
// has 1,024 pixels of 520 ns.
TEST(Allocate, ResNet8AsTheClosedFormHasIt) {
  struct Row {
    const char* mode;
    bool windows;
    int most_cores, cores;
    double interval_us, energy_uj;
  };
  for (const Row& row :
       {Row{"4-phase", false, 14, 14, 532.48, 498.8}, Row{"4-phase", false, 64, 62, 41.08, 257.4},
        Row{"4-phase", true, 16, 16, 66.56, 141.0}, Row{"4-phase", true, 64, 61, 9.36, 113.8},
        Row{"1-phase", false, 14, 14, 136.192, 145.4}, Row{"1-phase", true, 64, 64, 5.67525, 56.5}}) {
    const LayerOptions layers = options_of("resnet8", row.mode, row.windows);
    const auto best = least_interval(layers, row.most_cores);
    ASSERT_TRUE(best);
    EXPECT_NEAR(static_cast<double>(best->interval_ps) * 1e-6, row.interval_us, 0.005)
        << row.mode << row.most_cores;
    EXPECT_EQ(best->cores, row.cores) << row.mode << row.most_cores;
    EXPECT_NEAR(energy_aj(layers, *best, kAlwaysOn) * 1e-12, row.energy_uj, 0.1)
        << row.mode << row.most_cores;
  }
}

TEST(Allocate, DeeperNetworksGainLessAndResNet32FillsTheChipAsItIs) {
  const auto us = [](const std::string& network, bool windows) {
    return static_cast<double>(least_interval(options_of(network, "4-phase", windows), 64)->interval_ps) *
           1e-6;
  };
  EXPECT_NEAR(us("resnet20", false), 133.12, 0.01);
  EXPECT_NEAR(us("resnet20", true), 33.28, 0.01);
  EXPECT_NEAR(us("resnet32", false), 532.48, 0.01);
  EXPECT_NEAR(us("resnet32", true), 183.04, 0.01);
}

TEST(Options, BeginWithOnePixelAndNoneReplacesAnother) {
  int tiles = 0;
  for (const auto& layer : options_of("resnet8", "4-phase")) {
    EXPECT_EQ(layer.front().tile_h * layer.front().tile_w, 1);
    for (const Option& a : layer) {
      tiles += a.tile_h * a.tile_w > 1;
      for (const Option& b : layer) {
        if (&a == &b || &b == &layer.front()) continue;
        // With the pool as it is, or cut in the same way.
        if (!(a.pool == b.pool)) continue;
        EXPECT_FALSE(a.cores_of(1) <= b.cores_of(1) && a.interval_ps(1) <= b.interval_ps(1) &&
                     a.image_energy() <= b.image_energy() && a.period_ps <= b.period_ps &&
                     a.most_replicas >= b.most_replicas && a.together <= b.together)
            << a.tile_h << "x" << a.tile_w << " and " << b.tile_h << "x" << b.tile_w;
      }
    }
  }
  EXPECT_GT(tiles, 20);
}

// Two pixels beside each other, 3x3 and stride 1, see 3x4 pixels of every channel; two rows of three, 4x5.
TEST(Options, ATileSeesWhatItsPixelsSeeTogether) {
  const auto layers = options_of("resnet8", "4-phase");
  const auto matrix = [&](std::size_t layer, int h, int w) {
    for (const Option& o : layers[layer])
      if (o.tile_h == h && o.tile_w == w) return std::pair(o.rows, o.columns);
    return std::pair(0, 0);
  };
  EXPECT_EQ(matrix(0, 3, 4), std::pair(3 * 5 * 6, 16 * 12));
  EXPECT_EQ(matrix(3, 1, 2), std::pair(16 * 3 * 5, 32 * 2)) << "stride 2";
  EXPECT_EQ(matrix(5, 1, 6), std::pair(16 * 6, 32 * 6)) << "1x1 with stride 2: what lies between is not read";
}

TEST(Options, ReplicasShareTheFiringsOfAnImage) {
  Option option;
  option.firings = option.most_replicas = 10;
  option.period_ps = 100;
  EXPECT_EQ(option.interval_ps(1), 1000);
  EXPECT_EQ(option.interval_ps(3), 400);
  EXPECT_EQ(option.replicas_within(1000), 1);
  EXPECT_EQ(option.replicas_within(999), 2);
  EXPECT_EQ(option.replicas_within(400), 3);
  EXPECT_EQ(option.replicas_within(399), 4);
  EXPECT_EQ(option.replicas_within(100), 10);
  EXPECT_EQ(option.replicas_within(99), 0);
  option.most_replicas = 3;
  EXPECT_EQ(option.replicas_within(399), 0);
}

/// Layers as no network has them.
LayerOptions random_options(std::mt19937& engine) {
  const auto below = [&](int bound) { return static_cast<int>(engine() % static_cast<unsigned>(bound)); };
  LayerOptions layers(static_cast<std::size_t>(1 + below(3)));
  for (auto& layer : layers)
    for (int o = 0; o <= below(3); ++o) {
      Option option;
      option.row_parts = 1 + below(2);
      option.column_parts = 1 + below(2);
      option.firings = 1 + below(9);
      option.most_replicas = below(4) == 0 ? 1 : option.firings;
      option.period_ps = 1 + below(50);
      option.firing_energy = below(1000);
      layer.push_back(option);
    }
  return layers;
}

/// Calls `see` with every allocation within so many cores.
void for_all(const LayerOptions& layers, int cores, const std::function<void(const Allocation&)>& see) {
  std::vector<Choice> choices;
  const std::function<void(int, Picoseconds)> go = [&](int used, Picoseconds interval) {
    const std::size_t l = choices.size();
    if (l == layers.size()) return see({choices, used, interval});
    for (int o = 0; o < static_cast<int>(layers[l].size()); ++o) {
      const Option& option = layers[l][o];
      for (int r = 1; r <= option.most_replicas && used + option.cores_of(r) <= cores; ++r) {
        choices.push_back({o, r});
        go(used + option.cores_of(r), std::max(interval, option.interval_ps(r)));
        choices.pop_back();
      }
    }
  };
  go(0, 0);
}

TEST(Allocate, IsAsGoodAsExhaustiveSearch) {
  std::mt19937 engine(7);
  int found = 0, not_found = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const LayerOptions layers = random_options(engine);
    const int cores = 1 + static_cast<int>(engine() % 12);
    std::optional<Allocation> fastest;
    for_all(layers, cores, [&](const Allocation& a) {
      if (!fastest || a.interval_ps < fastest->interval_ps) fastest = a;
    });
    const auto best = least_interval(layers, cores);
    ASSERT_EQ(best.has_value(), fastest.has_value()) << trial;
    ++(best ? found : not_found);
    if (!best) continue;
    EXPECT_EQ(best->interval_ps, fastest->interval_ps) << trial;
    EXPECT_LE(best->cores, cores);
    // At that interval and at twice: what the fewest cores and the least energy are.
    for (const Picoseconds interval : {best->interval_ps, 2 * best->interval_ps}) {
      int fewest = cores;
      double least = std::numeric_limits<double>::infinity();
      const auto energy = [&](const Allocation& a) {
        return firings_aj(layers, a) + 3.0 * a.cores * interval;
      };
      for_all(layers, cores, [&](const Allocation& a) {
        if (a.interval_ps > interval) return;
        fewest = std::min(fewest, a.cores);
        least = std::min(least, energy(a));
      });
      EXPECT_EQ(fewest_cores(layers, interval)->cores, fewest) << trial;
      const auto cheapest = least_energy(layers, cores, interval, {3.0, 3.0});
      ASSERT_TRUE(cheapest) << trial;
      EXPECT_LE(cheapest->interval_ps, interval);
      EXPECT_LE(cheapest->cores, cores);
      EXPECT_DOUBLE_EQ(energy(*cheapest), least) << trial;
    }
  }
  EXPECT_GT(found, 100);
  EXPECT_GT(not_found, 10);
}

}  // namespace
}  // namespace phasecore::mapping
