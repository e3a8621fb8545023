// What every engine promises, whatever its algorithm.
#include "nas/pareto/engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "common/diagnostics.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::pareto {
namespace {

const char* const kAll[] = {"nsga2", "random", "local-search", "analognas"};

/// Keeps the last children, so that a prescreen that is ignored shows.
std::vector<std::size_t> last(const std::vector<Genes>& children, std::size_t keep) {
  std::vector<std::size_t> kept(keep);
  std::iota(kept.begin(), kept.end(), children.size() - keep);
  return kept;
}

/// The genotypes asked for, round by round.
std::vector<std::vector<Genes>> run(const std::string& algorithm, const test::ToyDomain& domain,
                                    std::uint64_t seed, int rounds, int count,
                                    const Prescreen& prescreen = {}, double largest = 8) {
  EngineSettings settings;
  settings.seed = seed;
  settings.population = 8;
  const auto engine = make_engine(algorithm, domain, settings, prescreen);
  std::vector<std::vector<Genes>> all;
  for (int r = 0; r < rounds; ++r) {
    auto asked = engine->ask(count);
    if (asked.empty()) break;
    std::sort(asked.begin(), asked.end());
    std::vector<Evaluated> told;
    for (const Genes& genes : asked) told.push_back({genes, test::toy_score(domain, genes, largest)});
    engine->tell(told);
    all.push_back(std::move(asked));
  }
  return all;
}

TEST(Engines, AskForEveryGenotypeOnceUntilNoneIsLeft) {
  const test::ToyDomain domain;
  const auto everything = domain.all();
  ASSERT_GT(everything.size(), 500u);
  for (const std::string algorithm : kAll)
    for (const bool screened : {false, true}) {
      std::set<Genes> seen;
      for (const auto& round : run(algorithm, domain, 5, 10000, 7, screened ? last : Prescreen{})) {
        EXPECT_LE(round.size(), 7u);
        for (const Genes& genes : round) {
          EXPECT_TRUE(domain.exists(genes) && domain.canonical(genes) == genes);
          EXPECT_TRUE(seen.insert(genes).second) << "asked for twice";
        }
      }
      EXPECT_EQ(seen.size(), everything.size()) << "algorithm " << algorithm;
    }
}

TEST(Engines, AreFunctionsOfSeedAndScores) {
  const test::ToyDomain domain(8);
  for (const std::string algorithm : kAll) {
    const auto once = run(algorithm, domain, 1, 12, 8);
    EXPECT_EQ(once, run(algorithm, domain, 1, 12, 8));
    EXPECT_NE(once, run(algorithm, domain, 2, 12, 8));
    if (algorithm != "random") {
      EXPECT_NE(once, run(algorithm, domain, 1, 12, 8, {}, 6)) << "scores matter";
    }
  }
}

TEST(Engines, LeaveOutWhatTheyWereToldUnasked) {
  const test::ToyDomain domain;
  const auto everything = domain.all();
  for (const std::string algorithm : kAll) {
    const auto engine = make_engine(algorithm, domain, {});
    std::vector<Evaluated> told;
    for (const Genes& genes : everything)
      if (told.size() + 3 < everything.size()) told.push_back({genes, test::toy_score(domain, genes)});
    engine->tell(told);
    auto asked = engine->ask(10);
    std::sort(asked.begin(), asked.end());
    EXPECT_EQ(asked, std::vector<Genes>(everything.end() - 3, everything.end()));
  }
}

TEST(Engines, CopeWhenNothingIsFeasibleOrNothingCanBeEvaluated) {
  const test::ToyDomain domain(8);
  for (const std::string algorithm : kAll) {
    const auto rounds = run(algorithm, domain, 3, 10, 8, {}, 0.5);
    EXPECT_EQ(rounds.size(), 10u);
    const auto engine = make_engine(algorithm, domain, {});
    for (int r = 0; r < 5; ++r) {
      std::vector<Evaluated> told;
      for (const Genes& genes : engine->ask(6))
        told.push_back({genes, {{}, {}, std::numeric_limits<double>::infinity()}});
      EXPECT_EQ(told.size(), 6u);
      engine->tell(told);
    }
  }
}

/// Seeds of 10 that find one of the few feasible genotypes in 96 evaluations.
int seeds_that_become_feasible(const std::string& algorithm) {
  const test::ToyDomain domain(8);
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    double least = 1e9;
    for (const auto& round : run(algorithm, domain, seed, 12, 8, {}, 2))
      for (const Genes& genes : round) least = std::min(least, test::toy_score(domain, genes, 2).violation);
    found += least == 0;
  }
  return found;
}

TEST(Engines, WalkTowardsFeasibilityFirst) {
  EXPECT_LE(seeds_that_become_feasible("random"), 7) << "or the test shows nothing";
  for (const std::string algorithm : {"nsga2", "local-search", "analognas"})
    EXPECT_GE(seeds_that_become_feasible(algorithm), 9) << algorithm;
}

TEST(Engines, KeepWhatThePrescreenChooses) {
  const test::ToyDomain domain(8);
  for (const std::string algorithm : {"nsga2", "local-search"}) {
    std::vector<std::vector<Genes>> offered, chosen;
    const Prescreen spy = [&](const std::vector<Genes>& children, std::size_t keep) {
      offered.push_back(children);
      const auto kept = last(children, keep);
      std::vector<Genes> genes;
      for (const std::size_t i : kept) genes.push_back(children[i]);
      std::sort(genes.begin(), genes.end());
      chosen.push_back(genes);
      return kept;
    };
    auto rounds = run(algorithm, domain, 3, 4, 8, spy);
    ASSERT_EQ(rounds.size(), 4u);
    rounds.erase(rounds.begin());  // the start is a Latin hypercube
    EXPECT_EQ(chosen, rounds);
    for (const auto& children : offered) {
      EXPECT_GT(children.size(), 8u);
      EXPECT_EQ(std::set<Genes>(children.begin(), children.end()).size(), children.size());
    }
  }
}

TEST(Engines, RefuseBrokenPromises) {
  const test::ToyDomain domain;
  const auto engine = make_engine("nsga2", domain, {});
  EXPECT_THROW(engine->ask(0), common::InternalError);
  const Genes genes = engine->ask(1).at(0);
  engine->tell({{genes, {{1, 2}, {}, 0}}});
  EXPECT_THROW(engine->tell({{genes, {{1, 2}, {}, 0}}}), common::InternalError) << "told twice";
  const Genes other = engine->ask(1).at(0), third = engine->ask(1).at(0), fourth = engine->ask(1).at(0);
  EXPECT_THROW(engine->tell({{other, {{1}, {}, 0}}}), common::InternalError)
      << "another number of objectives";
  EXPECT_THROW(engine->tell({{third, {{1, std::nan("")}, {}, 0}}}), common::InternalError);
  EXPECT_THROW(engine->tell({{fourth, {{1, 2}, {}, -1}}}), common::InternalError);
}

TEST(Engines, RefuseSettingsOutOfRangeAllAtOnce) {
  const test::ToyDomain domain;
  EngineSettings settings;
  settings.population = 1;
  settings.crossover_rate = std::nan("");
  settings.mutation_rate = 0;
  settings.oversupply = 0;
  try {
    make_engine("nsga2", domain, settings);
    FAIL() << "accepted";
  } catch (const common::InputError& error) {
    EXPECT_EQ(error.diagnostics().size(), 4u);
  }
  EXPECT_EQ(algorithms().names().size(), std::size(kAll));
  EXPECT_THROW(make_engine("nsga3", domain, {}), common::InputError);
}

}  // namespace
}  // namespace phasecore::pareto
