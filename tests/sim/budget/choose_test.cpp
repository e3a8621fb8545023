#include "sim/budget/choose.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/random.hpp"

namespace phasecore::budget {
namespace {

constexpr int kLayers = 8;

/// Layers whose losses add up, and whose digital times add up beside the slowest crossbar, as on one shared
/// digital unit; measured without error.
struct MadeUp {
  explicit MadeUp(std::uint64_t seed) {
    common::RandomKey key;
    key.seed = seed;
    std::vector<float> drawn(3 * kLayers);
    common::fill_uniform(key, 0, 0, 0, drawn.size(), drawn.data());
    for (int l = 0; l < kLayers; ++l) {
      lost.push_back(static_cast<double>(drawn[3 * l]));
      time.push_back(static_cast<double>(drawn[3 * l + 1]));
      energy.push_back(static_cast<double>(drawn[3 * l + 2]));
    }
    for (const double l : lost) most += l;
  }

  Cost cost(const Assignment& digital) const {
    double busy = 0, used = 0;
    for (int l = 0; l < kLayers; ++l) {
      if (!digital[l]) continue;
      busy += time[l];
      used += energy[l];
    }
    return {std::max(free_time, busy), used};
  }

  Shortfall misses(const Assignment& digital) const {
    double points = -allowed * most;
    for (int l = 0; l < kLayers; ++l)
      if (!digital[l]) points += lost[l];
    return {points, points, points};
  }

  Oracle oracle() {
    Oracle o;
    o.alone_pp = lost;
    o.costs = [this](const std::vector<Assignment>& all) {
      std::vector<std::optional<Cost>> costs;
      for (const Assignment& one : all)
        costs.push_back(impossible.count(one) > 0 ? std::nullopt : std::optional(cost(one)));
      return costs;
    };
    o.measure = [this](const Assignment& one) {
      EXPECT_TRUE(asked.insert(one).second) << "measured twice";
      EXPECT_EQ(impossible.count(one), 0u);
      return misses(one);
    };
    o.most_repairs = 20;
    return o;
  }

  /// The cheapest of all 256.
  std::optional<Cost> best() const {
    std::optional<Cost> least;
    for (unsigned bits = 0; bits < 1u << kLayers; ++bits) {
      Assignment digital;
      for (int l = 0; l < kLayers; ++l) digital.push_back((bits >> l & 1u) != 0);
      if (misses(digital).is_kept() && (!least || cost(digital) < *least)) least = cost(digital);
    }
    return least;
  }

  std::vector<double> lost, time, energy;
  double allowed = 0.3, free_time = 0, most = 0;
  std::set<Assignment> asked, impossible;
};

TEST(Choose, ComesNearTheCheapestOfAllAssignments) {
  constexpr int kCases = 200;
  int found = 0;
  double excess = 0, worst = 0;
  for (int seed = 0; seed < kCases; ++seed) {
    MadeUp made_up(static_cast<std::uint64_t>(seed));
    made_up.free_time = seed % 2 == 0 ? 0 : 0.5;
    const Choice choice = choose(made_up.oracle());
    ASSERT_TRUE(choice.chosen);
    EXPECT_TRUE(made_up.misses(choice.chosen->digital).is_kept());
    EXPECT_EQ(*choice.chosen->cost, made_up.cost(choice.chosen->digital));
    EXPECT_LE(made_up.asked.size(), 20u + 9u) << "256 would be all";
    const double least = made_up.best()->first;
    const double more = choice.chosen->cost->first / least - 1;
    ASSERT_GE(more, -1e-12);
    found += more < 1e-12 ? 1 : 0;
    excess += more / kCases;
    worst = std::max(worst, more);
  }
  RecordProperty("found", found);
  EXPECT_GE(found, 140) << "of " << kCases;
  EXPECT_LE(excess, 0.03);
  EXPECT_LE(worst, 0.5);
}

TEST(Choose, TakesWhatIsCheaperInDigitalUnitsWhateverTheBudget) {
  MadeUp made_up(1);
  Oracle oracle = made_up.oracle();
  oracle.costs = [](const std::vector<Assignment>& all) {
    std::vector<std::optional<Cost>> costs;
    for (const Assignment& one : all)
      costs.push_back(Cost{10.0 - static_cast<double>(std::count(one.begin(), one.end(), true)), 0});
    return costs;
  };
  made_up.allowed = 1;  // even all analog keeps it
  const Choice choice = choose(oracle);
  ASSERT_TRUE(choice.chosen);
  EXPECT_EQ(choice.chosen->digital, Assignment(kLayers, true));
}

TEST(Choose, StaysAnalogWhereThatKeepsTheBudget) {
  MadeUp made_up(2);
  made_up.allowed = 1;
  const Choice choice = choose(made_up.oracle());
  ASSERT_TRUE(choice.chosen);
  EXPECT_EQ(choice.chosen->digital, Assignment(kLayers, false));
}

TEST(Choose, SaysWhereNothingKeepsTheBudget) {
  MadeUp made_up(3);
  made_up.allowed = -0.1;
  const Choice choice = choose(made_up.oracle());
  EXPECT_FALSE(choice.chosen);
  EXPECT_FALSE(choice.measured.empty());
}

TEST(Choose, GoesByTheMeanWhereThatIsAskedFor) {
  MadeUp made_up(6);
  Oracle oracle = made_up.oracle();
  oracle.measure = [&](const Assignment& one) {
    Shortfall found = made_up.misses(one);
    found.high_pp += 0.3;
    return found;
  };
  const Choice strict = choose(oracle);
  oracle.by_mean = true;
  const Choice loose = choose(oracle);
  ASSERT_TRUE(strict.chosen && loose.chosen);
  EXPECT_LE(strict.chosen->measured->high_pp, 0);
  EXPECT_LE(loose.chosen->measured->mean_pp, 0);
  EXPECT_GT(loose.chosen->measured->high_pp, 0);
  EXPECT_LT(*loose.chosen->cost, *strict.chosen->cost);
}

TEST(Choose, NeverTakesWhatTheChipCannotHave) {
  MadeUp made_up(4);
  made_up.allowed = 0.6;
  const Choice free = choose(made_up.oracle());
  ASSERT_TRUE(free.chosen);
  made_up.asked.clear();
  made_up.impossible = {free.chosen->digital};
  const Choice without = choose(made_up.oracle());
  ASSERT_TRUE(without.chosen);
  EXPECT_NE(without.chosen->digital, free.chosen->digital);
  EXPECT_GE(without.chosen->cost->first, free.chosen->cost->first);
}

TEST(Choose, MeasuresTheWholeChainWhereTheCurveIsWanted) {
  MadeUp made_up(5);
  Oracle oracle = made_up.oracle();
  oracle.whole_chain = true;
  const Choice choice = choose(oracle);
  ASSERT_EQ(choice.chain.size(), static_cast<std::size_t>(kLayers) + 1);
  for (const Step& step : choice.chain) EXPECT_TRUE(step.measured);
}

}  // namespace
}  // namespace phasecore::budget
