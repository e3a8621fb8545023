// The books of a run close, and a count that was tampered with is noticed.
#include "sim/run/account.hpp"

#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "models/graph/mvm.hpp"
#include "models/graph/network.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/mapping/build_program.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore::run {
namespace {

constexpr int kImages = 3;

struct Work {
  explicit Work(config::Chip c)
      : chip(std::move(c)),
        network(test::toy_network()),
        map(mapping::map(graph::fold(network), chip)),
        program(mapping::build_program(map, chip).program),
        activity(analytic::run(program, fabric::make(chip)->platform(), kImages)),
        wanted(program.layers.size(), 0) {
    for (std::size_t s = 0; s < map.stages.size(); ++s) wanted[s] = map.stages[s].macs;
  }

  std::vector<std::int64_t> macs() const { return count_macs(program, activity, kImages, wanted); }

  config::Chip chip;
  graph::Network network;
  mapping::Mapping map;
  program::Program program;
  program::Activity activity;
  std::vector<std::int64_t> wanted;
};

/// Cut rows and columns, the host in between, layers in the digital unit.
std::vector<config::Chip> chips() {
  config::Chip digital = test::toy_chip(64);
  config::LayerOverride in_digital_unit;
  in_digital_unit.digital = true;
  digital.layers = {{"*", in_digital_unit}};
  return {test::toy_chip(64), test::toy_chip(12), config::load_chip("hermes"), digital};
}

/// By hand from the shapes: a convolution does weights x positions.
std::int64_t macs_by_hand(const graph::Network& network) {
  std::int64_t sum = 0;
  for (const auto& layer : network.layers) {
    const auto* mvm = layer.as<graph::Mvm>();
    if (mvm == nullptr) continue;
    const std::int64_t positions = layer.shape.size() == 3 ? layer.shape[1] * layer.shape[2] : 1;
    sum += graph::volume(mvm->weights.shape) * positions;
  }
  return sum;
}

TEST(MacBooks, CountWhatTheNetworkHasHoweverItIsCut) {
  int cases = 0;
  for (const auto& chip : chips()) {
    const Work work(chip);
    std::int64_t sum = 0;
    for (const std::int64_t layer : work.macs()) sum += layer;
    EXPECT_EQ(sum, macs_by_hand(work.network));
    EXPECT_EQ(work.macs().back(), 0) << "shared";
    ++cases;
  }
  EXPECT_EQ(cases, 4);
}

TEST(MacBooks, NoticeEveryTamperedFiringAndTask) {
  const Work work(test::toy_chip(12));
  int tampered = 0;
  for (std::size_t t = 0; t < work.program.tasks.size(); ++t) {
    if (work.program.tasks[t].macs == 0) continue;
    const std::string layer = work.program.layers[work.program.tasks[t].layer];
    Work less = work;
    less.activity.tasks[t].firings -= kImages;
    EXPECT_NE(test::internal_error([&] { less.macs(); }).find("layer '" + layer + "' did"),
              std::string::npos);
    Work uneven = work;
    uneven.activity.tasks[t].firings += 1;
    EXPECT_NE(test::internal_error([&] { uneven.macs(); }).find("not the same for each of 3 images"),
              std::string::npos);
    Work heavier = work;
    heavier.program.tasks[t].macs += 1;
    EXPECT_NE(test::internal_error([&] { heavier.macs(); }).find("MAC books do not close"),
              std::string::npos);
    ++tampered;
  }
  EXPECT_GE(tampered, 10);
}

TEST(EnergyBooks, NoticeFiringsThatDifferBetweenImages) {
  Work work(test::toy_chip(64));
  const auto books = [&] { return account(work.program, work.activity, {kImages, 0}, work.chip, 1000); };
  EXPECT_GT(books().total, 0);
  work.activity.tasks[work.program.source].firings += 1;
  EXPECT_NE(test::internal_error(books).find("is not the same for each of 3 images"), std::string::npos);
}

}  // namespace
}  // namespace phasecore::run
