// Where genotypes come from: Latin hypercube, uniform, neighbours, variation.
#include "nas/pareto/sampling.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "nas/pareto/variation.hpp"
#include "tests/nas/pareto/toys.hpp"

namespace phasecore::pareto {
namespace {

/// Everything exists and has an effect: genes of 5 ordered and 3 categorical choices.
class Plain : public Domain {
 public:
  int genes() const override { return 6; }
  int choices(int gene) const override { return ordered(gene) ? 5 : 3; }
  bool ordered(int gene) const override { return gene % 2 == 0; }
  bool has_effect(const Genes&, int) const override { return true; }
  Genes canonical(const Genes& genes) const override { return genes; }
  bool exists(const Genes&) const override { return true; }
};

TEST(LatinHypercube, SpreadsEveryGeneEvenly) {
  const Plain domain;
  for (const int count : {15, 17, 4}) {
    Known known(domain);
    Draws draws(static_cast<std::uint64_t>(count), "test");
    const auto sample = latin_hypercube(domain, count, known, draws);
    ASSERT_EQ(static_cast<int>(sample.size()), count);
    EXPECT_EQ(std::set<Genes>(sample.begin(), sample.end()).size(), sample.size());
    for (int g = 0; g < domain.genes(); ++g) {
      std::map<int, int> taken;
      for (const Genes& genes : sample) ++taken[genes[static_cast<std::size_t>(g)]];
      for (int c = 0; c < domain.choices(g); ++c) {
        EXPECT_GE(taken[c], count / domain.choices(g)) << "gene " << g << ", choice " << c;
        EXPECT_LE(taken[c], count / domain.choices(g) + 1);
      }
    }
  }
}

TEST(RandomNew, IsUniformAndFindsTheLastGenotype) {
  const test::ToyDomain domain;
  const auto all = domain.all();
  Known known(domain);
  Draws draws(3, "test");
  const auto sample = random_new(domain, static_cast<int>(all.size()) + 5, known, draws);
  EXPECT_EQ(std::set<Genes>(sample.begin(), sample.end()), std::set<Genes>(all.begin(), all.end()));
  EXPECT_EQ(sample.size(), all.size()) << "each once";
  EXPECT_TRUE(random_new(domain, 1, known, draws).empty());

  std::map<int, int> taken;  // of gene 2, which always has an effect
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Known fresh(domain);
    Draws some(seed, "test");
    ++taken[random_new(domain, 1, fresh, some).at(0)[2]];
  }
  for (int c = 0; c < 4; ++c) EXPECT_NEAR(taken[c], 500, 5 * 19.4) << "5 standard deviations";
}

TEST(Neighbours, AreOneStepAway) {
  const test::ToyDomain domain(4);
  const Genes centre = {1, 1, 2, 0, 2, 0};
  const auto found = neighbours(domain, centre);
  const std::set<Genes> expected = {
      {0, 1, 2, 0, 0, 0}, {2, 1, 2, 0, 2, 0}, {1, 0, 2, 0, 2, 0}, {1, 2, 2, 0, 2, 0}, {1, 1, 0, 0, 2, 0},
      {1, 1, 1, 0, 2, 0}, {1, 1, 3, 0, 2, 0}, {1, 1, 2, 1, 2, 0}, {1, 1, 2, 0, 1, 0}, {1, 1, 2, 0, 3, 0}};
  EXPECT_EQ(std::set<Genes>(found.begin(), found.end()), expected);
  EXPECT_EQ(found.size(), expected.size());
}

TEST(Mutation, ChangesGenesThatHaveAnEffectAsOftenAsAsked) {
  const test::ToyDomain domain(5);
  const Genes parent = {1, 2, 2, 2, 2, 0};
  Draws draws(1, "test");
  const int n = 20000;
  int changed = 0, steps = 0, jumps = 0;
  for (int i = 0; i < n; ++i) {
    const Genes child = mutated(domain, parent, 2, false, draws);
    EXPECT_EQ(child[5], 0) << "without effect";
    for (std::size_t g = 0; g < 5; ++g) {
      if (child[g] == parent[g]) continue;
      ++changed;
      if (g == 0 || g == 2) continue;
      ++(std::abs(child[g] - parent[g]) == 1 ? steps : jumps);
    }
  }
  // 5 genes with 2/5 each; variance n * 5 * 0.4 * 0.6.
  EXPECT_NEAR(changed, 2 * n, 5 * std::sqrt(n * 5 * 0.24));
  // Of 5 choices around the middle one, a quarter jumps to any of 4, of which 2 are neighbours.
  EXPECT_NEAR(static_cast<double>(jumps) / (jumps + steps), 0.125, 0.015);
  int same = 0;
  for (int i = 0; i < 200; ++i) same += mutated(domain, parent, 1e-6, true, draws) == parent;
  EXPECT_EQ(same, 0) << "at least one";
}

TEST(Crossover, TakesEveryGeneFromEitherParent) {
  Draws draws(1, "test");
  const Genes a = {0, 0, 0, 0}, b = {1, 1, 1, 1};
  std::map<Genes, int> children;
  for (int i = 0; i < 1600; ++i) ++children[crossed(a, b, draws)];
  EXPECT_EQ(children.size(), 16u);
  for (const auto& [genes, count] : children) EXPECT_NEAR(count, 100, 50);
}

}  // namespace
}  // namespace phasecore::pareto
