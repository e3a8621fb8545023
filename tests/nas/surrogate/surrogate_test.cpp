// What the surrogate promises: honest about itself, off when useless, of use when not, the same every time.
#include "nas/surrogate/surrogate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "common/diagnostics.hpp"
#include "nas/pareto/hypervolume.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::surrogate {
namespace {

using pareto::Score;

/// Rows x in [0, 1)^4 and objectives {x0 + x1 * x2, x3 - x0}; with `useful` = false objective 0 is noise.
struct World {
  std::vector<Row> rows;
  std::vector<Score> scores;

  World(std::uint64_t seed, std::size_t count, bool useful = true)
      : rows(test::random_points(seed, count, 4)) {
    const auto noise = test::random_points(seed + 1000, count, 1);
    for (std::size_t i = 0; i < count; ++i) {
      const Row& x = rows[i];
      scores.push_back({{useful ? x[0] + x[1] * x[2] : noise[i][0], x[3] - x[0]}, {}, 0});
    }
  }
};

TEST(Surrogate, IsActiveFromSoManyRowsAndFittedFromHalfAsMany) {
  Surrogate surrogate({});
  EXPECT_THROW(surrogate.predict({{0, 0, 0, 0}}), common::InternalError);
  for (int told = 16; told <= 80; told += 16) {
    const World world(static_cast<std::uint64_t>(told), 16);
    surrogate.tell(world.rows, world.scores);
    EXPECT_EQ(surrogate.active(), told >= 64);
    if (told >= 32) {
      EXPECT_EQ(surrogate.predict(world.rows).size(), 16u);
    }
    if (told >= 64) {
      for (const auto& tau : surrogate.taus()) EXPECT_GT(tau.value(), 0.4);
    }
  }
}

TEST(Surrogate, PredictsWhatItHasNotSeen) {
  Surrogate surrogate({});
  World world(1, 300), fresh(2, 200);
  for (std::size_t i = 0; i < 300; ++i) world.scores[i].violation = world.rows[i][1] > 0.7 ? 0.2 : 0;
  surrogate.tell(world.rows, world.scores);
  const auto predictions = surrogate.predict(fresh.rows);
  std::vector<double> predicted, measured;
  int right = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    predicted.push_back(predictions[i].objectives.at(0));
    measured.push_back(fresh.scores[i].objectives[0]);
    right += (predictions[i].infeasible > 0.5) == (fresh.rows[i][1] > 0.7);
    EXPECT_GE(predictions[i].infeasible, 0);
    EXPECT_LE(predictions[i].infeasible, 1);
  }
  EXPECT_GT(*kendall_tau(predicted, measured), 0.8);
  EXPECT_GE(right, 190) << "of 200 in the right class";
}

TEST(Surrogate, SwitchesItselfOffOnNoiseAndOnAgain) {
  Settings settings;
  settings.window = 32;
  Surrogate surrogate(settings);
  const auto tell = [&](const World& world) { surrogate.tell(world.rows, world.scores); };
  for (std::uint64_t seed = 1; seed <= 8; ++seed) tell(World(seed, 16, false));
  EXPECT_FALSE(surrogate.active());
  EXPECT_LT(std::abs(surrogate.taus().at(0).value()), 0.3) << "objective 0 is noise";
  EXPECT_GT(surrogate.taus().at(1).value(), 0.5);
  std::vector<std::size_t> as_they_come(5);
  std::iota(as_they_come.begin(), as_they_come.end(), std::size_t{0});
  EXPECT_EQ(surrogate.select(World(9, 30).rows, 5), as_they_come);
  for (std::uint64_t seed = 11; seed <= 40; ++seed) tell(World(seed, 16));
  EXPECT_TRUE(surrogate.active());
}

TEST(Surrogate, JudgesItselfBeforeItLearns) {
  // Labels that any model learns by heart and none can foresee: an honest correlation stays near 0.
  Surrogate surrogate({});
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const World world(seed, 16, false);
    surrogate.tell(world.rows, world.scores);
  }
  // 64 predictions: the standard deviation of tau is sqrt(2 (2n + 5) / (9 n (n - 1))) = 0.086.
  EXPECT_LT(std::abs(surrogate.taus().at(0).value()), 4 * 0.086);
}

TEST(Surrogate, DependsOnNothingButWhatItWasTold) {
  const auto run = [](std::uint64_t seed) {
    Settings settings;
    settings.seed = seed;
    Surrogate surrogate(settings);
    for (std::uint64_t s = 1; s <= 8; ++s) {
      const World world(s, 16);
      surrogate.tell(world.rows, world.scores);
    }
    const World children(99, 200);
    std::vector<double> all;
    for (const auto& p : surrogate.predict(children.rows))
      all.insert(all.end(), p.objectives.begin(), p.objectives.end());
    const auto first = surrogate.select(children.rows, 10), second = surrogate.select(children.rows, 10);
    EXPECT_EQ(first, second) << "asking changes nothing";
    return std::make_pair(all, first);
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1).second, run(2).second);
}

TEST(Surrogate, ChoosesBetterThanChanceAndExploresAsAsked) {
  const World known(1, 128), children(2, 400);
  const auto gain = [&](const std::vector<std::size_t>& kept) {
    std::vector<pareto::Point> points;
    for (const std::size_t i : kept) points.push_back(children.scores[i].objectives);
    return pareto::hypervolume(points, {2, 1});
  };
  Settings settings;
  settings.exploration = 0;
  Surrogate greedy(settings);
  greedy.tell(known.rows, known.scores);
  std::vector<std::size_t> first(12);
  std::iota(first.begin(), first.end(), std::size_t{0});
  const auto best = greedy.select(children.rows, 12);
  EXPECT_GT(gain(best), 1.15 * gain(first));

  // Those drawn by chance come last; the others are the greedy ones.
  settings.exploration = 0.5;
  Surrogate half(settings);
  half.tell(known.rows, known.scores);
  const auto kept = half.select(children.rows, 12);
  EXPECT_EQ(std::set<std::size_t>(kept.begin(), kept.end()).size(), 12u);
  EXPECT_TRUE(std::equal(kept.begin(), kept.begin() + 6, best.begin()));
  EXPECT_NE(kept, best);
  settings.exploration = 1;
  Surrogate blind(settings);
  blind.tell(known.rows, known.scores);
  EXPECT_LT(gain(blind.select(children.rows, 12)), gain(best));
}

TEST(Surrogate, CopesWithMissingValuesConstantsAndNothingFeasible) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  Surrogate hopeless({});
  World world(1, 128);
  for (Score& score : world.scores) score = {{}, {}, infinity};
  hopeless.tell(world.rows, world.scores);
  EXPECT_FALSE(hopeless.active());

  Surrogate surrogate({});
  World partly(2, 128);
  for (std::size_t i = 0; i < 128; ++i) {
    partly.rows[i][1] = nan;  // an unknown figure
    partly.scores[i].objectives[1] = 7;
    if (i % 4 == 1) partly.scores[i] = {{nan, nan}, {}, 0.5};
    if (i % 4 == 2) partly.scores[i] = {{}, {}, infinity};
  }
  surrogate.tell(partly.rows, partly.scores);
  ASSERT_TRUE(surrogate.active());
  for (const auto& p : surrogate.predict(partly.rows)) {
    EXPECT_TRUE(std::isfinite(p.objectives.at(0)));
    EXPECT_EQ(p.objectives.at(1), 7) << "a constant";
  }
  EXPECT_EQ(surrogate.select(partly.rows, 9).size(), 9u);
  EXPECT_THROW(surrogate.select({partly.rows[0]}, 2), common::InternalError);
  EXPECT_THROW(surrogate.tell({{0, 0, 0, 0}}, {{{1}, {}, 0}}), common::InternalError);
}

TEST(Surrogate, RefusesSettingsOutOfRange) {
  Settings settings;
  settings.from_rows = 1;
  settings.window = 3;
  settings.min_tau = std::nan("");
  settings.exploration = 1.5;
  try {
    Surrogate surrogate(settings);
    FAIL() << "accepted";
  } catch (const common::InputError& error) {
    EXPECT_EQ(error.diagnostics().size(), 4u);
  }
}

/// Hypervolume that NSGA-II finds of the toy domain in 160 evaluations, mean of six seeds.
double searched(bool with_surrogate) {
  const test::ToyDomain domain(8);
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Settings of_surrogate;
    of_surrogate.seed = seed;
    of_surrogate.enabled = with_surrogate;
    Surrogate surrogate(of_surrogate);
    pareto::EngineSettings settings;
    settings.seed = seed;
    const auto rows_of = [&](const std::vector<pareto::Genes>& all) {
      std::vector<Row> rows;
      for (const auto& genes : all) rows.push_back(encode(domain, genes));
      return rows;
    };
    const auto engine = pareto::make_engine(
        "nsga2", domain, settings,
        with_surrogate ? [&](const std::vector<pareto::Genes>& children,
                             std::size_t keep) { return surrogate.select(rows_of(children), keep); }
                       : pareto::Prescreen{});
    std::vector<pareto::Point> found;
    for (int round = 0; round < 10; ++round) {
      const auto asked = engine->ask(settings.population);
      std::vector<pareto::Evaluated> told;
      std::vector<Score> scores;
      for (const auto& genes : asked) {
        scores.push_back(test::toy_score(domain, genes, 18));
        told.push_back({genes, scores.back()});
        if (scores.back().violation == 0) found.push_back(scores.back().objectives);
      }
      engine->tell(told);
      surrogate.tell(rows_of(asked), scores);
    }
    sum += pareto::hypervolume(found, {0, 19}) / 6;
  }
  return sum;
}

TEST(Surrogate, MakesTheSearchBetter) {
  const double without = searched(false), with = searched(true);
  RecordProperty("without", std::to_string(without));
  RecordProperty("with", std::to_string(with));
  EXPECT_GT(with, 1.005 * without);
}

}  // namespace
}  // namespace phasecore::surrogate
