// Do the engines search? Measured on a domain small enough to know the truth.
#include <gtest/gtest.h>

#include <algorithm>

#include "nas/pareto/hypervolume.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::pareto {
namespace {

constexpr double kLargest = 18;
const Point kReference = {0, kLargest + 1};

/// Share of the true hypervolume after `budget` evaluations, mean of ten seeds. `noise` is added to the gain.
double quality(const std::string& algorithm, int budget, double noise = 0) {
  const test::ToyDomain domain(8);
  std::vector<Point> truth;
  for (const Genes& genes : domain.all())
    if (const Score score = test::toy_score(domain, genes, kLargest); score.violation == 0)
      truth.push_back(score.objectives);
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EngineSettings settings;
    settings.seed = seed;
    const auto engine = make_engine(algorithm, domain, settings);
    std::vector<Point> found;
    std::vector<float> z(static_cast<std::size_t>(budget));
    common::fill_normal({seed}, 0, 0, 0, z.size(), z.data());
    for (int done = 0; done < budget;) {
      std::vector<Evaluated> told;
      for (const Genes& genes : engine->ask(std::min(settings.population, budget - done))) {
        Score score = test::toy_score(domain, genes, kLargest);
        if (score.violation == 0) found.push_back(score.objectives);
        score.objectives[0] += noise * static_cast<double>(z[static_cast<std::size_t>(done)]);
        score.errors = {noise, 0};
        told.push_back({genes, score});
        ++done;
      }
      engine->tell(told);
    }
    sum += hypervolume(found, kReference) / hypervolume(truth, kReference) / 10;
  }
  return sum;
}

TEST(Nsga2, BeatsUniformSamplingAndComesNearTheTruth) {
  const double random = quality("random", 200), nsga2 = quality("nsga2", 200);
  RecordProperty("random", std::to_string(random));
  RecordProperty("nsga2", std::to_string(nsga2));
  EXPECT_GT(nsga2, random + 0.1);
  EXPECT_GT(nsga2, 0.96);
  EXPECT_GT(quality("nsga2", 200, 0.2), random + 0.1) << "under noise";
}

TEST(LocalSearch, BeatsUniformSampling) {
  EXPECT_GT(quality("local-search", 200), quality("random", 200) + 0.1);
}

TEST(AnalogNas, FindsTheBestOfItsOneObjective) {
  const test::ToyDomain domain(8);
  double best = 0;
  for (const Genes& genes : domain.all())
    if (const Score score = test::toy_score(domain, genes, kLargest); score.violation == 0)
      best = std::min(best, score.objectives[0]);
  int near = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EngineSettings settings;
    settings.seed = seed;
    const auto engine = make_engine("analognas", domain, settings);
    double found = 0;
    for (int round = 0; round < 15; ++round) {
      std::vector<Evaluated> told;
      for (const Genes& genes : engine->ask(16)) {
        told.push_back({genes, test::toy_score(domain, genes, kLargest)});
        if (told.back().score.violation == 0) found = std::min(found, told.back().score.objectives[0]);
      }
      engine->tell(told);
    }
    near += found <= 0.97 * best;
  }
  EXPECT_GE(near, 9) << "of 10 seeds within 3 % of the best";
}

}  // namespace
}  // namespace phasecore::pareto
