// Relations between mappings and their books: names, idle cores, what no mapping can change.
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "models/graph/fold.hpp"
#include "sim/analytic/analytic.hpp"
#include "sim/fabric/fabric.hpp"
#include "sim/mapping/load.hpp"
#include "sim/program/deadlock.hpp"
#include "sim/run/account.hpp"
#include "tests/sim/mapping/networks.hpp"
#include "tests/sim/random_cases/random_case.hpp"
#include "tests/sim/random_cases/random_chip.hpp"
#include "tests/support/seeds.hpp"

namespace phasecore {
namespace {

using common::Attojoules;
using common::Picoseconds;
using program::Activity;
using test::Dice;
using test::RandomCase;

constexpr int kCases = 200;

std::string bytes_without_names(program::Program program) {
  for (std::string& layer : program.layers) layer.clear();
  return program::to_bytes(program);
}

TEST(Names, OfLayersChangeNothingButNames) {
  test::for_random_cases(2000, kCases, [](const RandomCase& c) {
    graph::Network renamed = c.network;
    std::map<std::string, std::string> names;
    for (std::size_t i = 0; i < renamed.layers.size(); ++i) {
      std::string& name = renamed.layers[i].name;
      names[name] = std::string(1, static_cast<char>('z' - i % 26)) + std::to_string(i);
      name = names[name];
    }
    config::Chip chip = c.chip;
    for (auto& [pattern, change] : chip.layers) pattern = names.at(pattern);
    const RandomCase other(graph::build(renamed), chip);
    EXPECT_EQ(bytes_without_names(other.built.program), bytes_without_names(c.built.program));
  });
}

run::EnergyBooks books_of(const RandomCase& c, Picoseconds static_ps) {
  const int images = 3 + 2 * program::images_ahead(c.built.program);
  const Activity activity = analytic::run(c.built.program, c.platform, images);
  return run::account(c.built.program, activity, {images, program::images_ahead(c.built.program)}, c.chip,
                      static_ps);
}

// A row of cores below the others, which a mapping that takes one core after the other does not reach.
TEST(IdleCores, AddTheirConstantPowerAndNothingElse) {
  int compared = 0;
  test::for_random_cases(2200, kCases, [&](const RandomCase& c) {
    if (c.chip.mapping.objective != config::Objective::OneToOne || c.chip.chips ||
        c.chip.network.topology != "mesh")
      return;
    config::Chip larger = c.chip;
    larger.grid.rows += 1;
    const RandomCase with(c.network, larger);
    const Activity before = analytic::run(c.built.program, c.platform, 2),
                   after = analytic::run(with.built.program, with.platform, 2);
    EXPECT_EQ(before.image_end_ps, after.image_end_ps);
    const Picoseconds time = 2 * before.image_end_ps.front();
    const auto few = books_of(c, time), more = books_of(with, time);
    EXPECT_EQ(few.layers.size(), more.layers.size());
    for (std::size_t layer = 0; layer + 1 < few.layers.size(); ++layer)
      EXPECT_EQ(few.layers[layer], more.layers[layer]);
    const double idle_mw = c.chip.grid.columns * (c.chip.power.off_mw + c.chip.energy.router_static_mw);
    const double added = idle_mw * 1e-3 * static_cast<double>(time) * 1e-12 * 1e18;
    EXPECT_NEAR(static_cast<double>(more.total - few.total), added, 1e-9 * added + c.chip.grid.columns * 2);
    ++compared;
  });
  EXPECT_TRUE(!test::all_seeds() || compared >= kCases / 10) << compared;
}

TEST(ConstantPower, GrowsWithTheTimeAndDynamicEnergyDoesNot) {
  test::for_random_cases(2400, kCases, [](const RandomCase& c) {
    const Picoseconds time = 4 * analytic::run(c.built.program, c.platform, 1).end_ps;
    const auto once = books_of(c, time), twice = books_of(c, 2 * time);
    constexpr int kStatic = static_cast<int>(program::Component::Static);
    for (int component = 0; component < kStatic; ++component)
      EXPECT_EQ(once.components[component], twice.components[component]);
    EXPECT_GT(twice.components[kStatic], once.components[kStatic]);
    EXPECT_GE(once.total, once.least);
    EXPECT_EQ(std::accumulate(twice.components.begin(), twice.components.end(), Attojoules{0}), twice.total);
  });
}

long long macs_of(const mapping::Mapping& map) {
  return std::accumulate(map.stages.begin(), map.stages.end(), 0LL,
                         [](long long sum, const mapping::Stage& stage) { return sum + stage.macs; });
}

/// Of layers without groups: those of others are cut between groups, with the zeros between these or without.
std::int64_t weights_of(const mapping::Mapping& map) {
  std::int64_t weights = 0;
  for (const mapping::Stage& stage : map.stages)
    if (const auto* mvm = mapping::in_crossbars(stage); mvm != nullptr && mvm->groups == 1)
      for (const auto& part : mvm->submatrices)
        if (part.replica == 0)
          weights +=
              static_cast<std::int64_t>(part.row_end - part.row_begin) * (part.col_end - part.col_begin);
  return weights;
}

// Whatever it is cut into, a layer multiplies what it multiplies.
TEST(Cuts, OfMatricesLoseNoWeightAndNoMultiplication) {
  int cut = 0;
  test::for_random_cases(2600, kCases, [&](const RandomCase& c) {
    config::Chip plain = c.chip, small = c.chip;
    for (config::Chip* chip : {&plain, &small}) {
      chip->layers.clear();
      chip->mapping.objective = config::Objective::OneToOne;
      chip->mapping.schedule = config::Schedule::Pipelined;
      chip->grid = {32, 32};
      chip->chips.reset();
    }
    plain.crossbar.rows = plain.crossbar.columns = 512;
    if (!plain.network.has_routers()) plain.network.topology = small.network.topology = "mesh";
    const auto folded = graph::fold(c.network);
    const mapping::Mapping whole = mapping::map(folded, plain), parts = mapping::map(folded, small);
    EXPECT_EQ(macs_of(whole), macs_of(parts));
    EXPECT_EQ(weights_of(whole), weights_of(parts));
    EXPECT_LE(whole.cores_used, parts.cores_used);
    cut += whole.cores_used < parts.cores_used;
  });
  EXPECT_TRUE(!test::all_seeds() || cut > kCases / 4) << cut;
}

}  // namespace
}  // namespace phasecore
