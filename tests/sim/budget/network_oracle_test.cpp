#include "sim/budget/network_oracle.hpp"

#include <gtest/gtest.h>

#include <map>

#include "models/graph/fold.hpp"
#include "sim/mapping/as_file.hpp"
#include "tests/sim/numerics/toy.hpp"

namespace phasecore::budget {
namespace {

struct Task {
  Task() : network(test::toy_network()), chip(test::toy_chip(64)) {
    chip.digital.macs_per_cycle = 37.5;
    data = {test::toy_data(network, 150, 3), test::toy_data(network, 60, 4)};
    options.workers = 2;
    options.accuracy.instances = 3;
  }

  Question question(const std::string& budget) const {
    return {
        network, chip,   config::load_device("hermes-2"), data, parse_budget(budget), &figure("interval_ns"),
        1,       options};
  }

  graph::Network network;
  config::Chip chip;
  run::Data data;
  run::Options options;
  run::ChipRunner chips;
};

constexpr unsigned kFree = 4, kAssignments = 1u << kFree;

Assignment assignment(unsigned bits) {
  Assignment digital;
  for (unsigned l = 0; l < kFree; ++l) digital.push_back((bits >> l & 1u) != 0);
  return digital;
}

TEST(NetworkOracle, FindsWhatTryingAllAssignmentsFinds) {
  Task task;
  // All but four layers are digital for good, so that all 16 assignments can be tried.
  const NetworkOracle all(task.question("accuracy@1d=-0pp"), task.chips);
  for (std::size_t l = kFree; l < all.layers().size(); ++l) {
    config::LayerOverride entry;
    entry.digital = true;
    task.chip.layers.emplace_back(all.layers()[l].name, entry);
  }
  NetworkOracle network(task.question("accuracy@1d=-0pp"), task.chips);
  ASSERT_EQ(network.layers().size(), kFree);
  std::map<Assignment, double> lost;
  std::map<Assignment, Cost> costs;
  for (unsigned bits = 0; bits < kAssignments; ++bits) {
    lost[assignment(bits)] = network.shortfall(assignment(bits)).mean_pp;
    costs[assignment(bits)] = network.costs({assignment(bits)}).front().value();
  }
  EXPECT_GT(lost[assignment(0)], 1) << "there is nothing to choose by";
  Oracle oracle;
  for (const auto& layer : network.alone(150, 3)) oracle.alone_pp.push_back(layer.alone_pp.mean);
  oracle.costs = [&](const std::vector<Assignment>& asked) {
    std::vector<std::optional<Cost>> known;
    for (const Assignment& one : asked) known.emplace_back(costs.at(one));
    return known;
  };
  oracle.most_repairs = 4;
  unsigned found = 0;
  for (unsigned bits = 0; bits < kAssignments; ++bits) {
    const double allowed = std::max(0.0, lost[assignment(bits)]);  // some assignment just keeps it
    oracle.measure = [&](const Assignment& one) {
      const double misses = lost.at(one) - allowed;
      return Shortfall{misses, misses, misses};
    };
    const Choice choice = choose(oracle);
    ASSERT_TRUE(choice.chosen) << allowed;
    EXPECT_LE(lost.at(choice.chosen->digital), allowed);
    std::optional<Cost> least;
    for (const auto& [one, loss] : lost)
      if (loss <= allowed && (!least || costs.at(one) < *least)) least = costs.at(one);
    ASSERT_TRUE(least);
    EXPECT_GE(*choice.chosen->cost, *least);
    found += *choice.chosen->cost == *least ? 1 : 0;
  }
  EXPECT_GE(found, 12u) << "of " << kAssignments << " budgets";
}

TEST(NetworkOracle, AllDigitalLosesNothing) {
  Task task;
  NetworkOracle network(task.question("accuracy@1d=-5pp"), task.chips);
  const Assignment all(network.layers().size(), true);
  EXPECT_EQ(network.shortfall(all).mean_pp, -5);
}

TEST(NetworkOracle, SharesDigitalLayersOutToTheFirstCores) {
  Task task;
  NetworkOracle network(task.question("accuracy@1d=-5pp"), task.chips);
  const Assignment all(network.layers().size(), true);
  const graph::FoldedNetwork folded = graph::fold(task.network);
  const config::Chip chip = network.chip(all);
  for (const auto& [name, entry] : mapping::as_file(mapping::map(folded, chip), chip).layers)
    if (entry.digital) {
      EXPECT_EQ(entry.cores, "0") << name;
    }
}

TEST(NetworkOracle, RefusesAChipWithoutDigitalLayers) {
  Task task;
  task.chip.digital.macs_per_cycle = 0;
  EXPECT_THROW(NetworkOracle(task.question("accuracy@1d=-5pp"), task.chips), common::InputError);
}

TEST(NetworkOracle, RefusesWhereTheChipSaysItOfAllLayers) {
  Task task;
  config::LayerOverride entry;
  entry.digital = false;
  task.chip.layers.emplace_back("*", entry);
  EXPECT_THROW(NetworkOracle(task.question("accuracy@1d=-5pp"), task.chips), common::InputError);
}

}  // namespace
}  // namespace phasecore::budget
