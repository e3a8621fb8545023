// Genotypes: canonical form, size, samples, neighbours, names.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/models/spaces/shipped.hpp"

namespace phasecore::spaces {
namespace {

using test::shipped;

const std::vector<std::string> kKinds = {"analognas", "nasbench201", "resnet-elastic"};

/// A resnet-elastic of 3,456 genotypes.
std::unique_ptr<Space> small_elastic() {
  return shipped("resnet-elastic",
                 {"only={stem_width: {choices: [\"16\"]}, stem_kernel: {choices: [\"3\"]},"
                  "stem_stride: {choices: [\"2\"]}, stage1.width: {choices: [\"16\", \"32\"]},"
                  "stage3.width: {choices: [\"32\", \"48\", \"64\"]},"
                  "stage1.blocks: {choices: [\"1\"]}, stage1.branches: {choices: [\"2\"]},"
                  "stage1.kernel: {choices: [\"5\"]}, stage2.width: {choices: [\"32\", \"64\"]},"
                  "stage2.blocks: {choices: [\"1\"]}, stage2.branches: {choices: [\"1\", \"3\"]},"
                  "stage2.kernel: {choices: [\"3\"]}, stage3.branches: {choices: [\"1\"]},"
                  "stage3.blocks: {choices: [\"2\"]}, stage3.kernel: {choices: [\"3\"]},"
                  "stage4.width: {choices: [\"48\", \"64\"]}, stage4.kernel: {choices: [\"3\"]},"
                  "stage4.blocks: {choices: [\"1\"]}, stage4.type: {choices: [\"basic\"]}}",
                  "max_macs=1.0e+12"});
}

std::unique_ptr<Space> small_cells() {
  std::string only;
  for (const char* edge : {"edge12", "edge13", "edge14", "edge23", "edge24", "edge34"})
    only += std::string(only.empty() ? "" : ", ") + edge + ": {choices: [none, avgpool3x3, conv1x1]}";
  return shipped("nasbench201", {"only={" + only + "}"});
}

/// size() counts the canonical genotypes that exist, each of which is another network.
void expect_one_network_per_canonical_genotype(const Space& space, std::size_t genotypes) {
  const auto all = test::all_genotypes(space);
  ASSERT_EQ(all.size(), genotypes);
  std::set<Genes> canonical;
  std::set<std::string> networks;
  for (const Genes& genes : all) {
    const Genes unique = space.canonical(genes);
    ASSERT_EQ(space.canonical(unique), unique);
    ASSERT_EQ(space.exists(unique), space.exists(genes));
    ASSERT_EQ(space.cost(unique).parameters, space.cost(genes).parameters);
    if (space.exists(unique) && canonical.insert(unique).second)
      networks.insert(test::fingerprint(space.network(unique, 1)));
  }
  EXPECT_EQ(networks.size(), canonical.size());
  EXPECT_EQ(space.size().exact, canonical.size());
  EXPECT_NEAR(space.size().log10, std::log10(static_cast<double>(canonical.size())), 1e-12);
}

TEST(Genes, OfResidualNetworksHaveOneCanonicalFormPerNetwork) {
  // 3 stage counts x (stage 1: 2 widths x 2 types) x (2: 8) x (3: 6) x (4: 6)
  expect_one_network_per_canonical_genotype(*small_elastic(), 3u * 4 * 8 * 6 * 6);
}

TEST(Genes, OfCellsHaveOneCanonicalFormPerNetwork) {
  // Without skip edges, which make cells equal that the published tables keep apart.
  expect_one_network_per_canonical_genotype(*small_cells(), 729);
}

TEST(Genes, OfAnalognasSpanTableOneOfThePaper) {
  const auto space = shipped("analognas");
  const auto expect_range = [&](const std::string& name, int first, int last) {
    const Gene& gene = space->genes()[test::gene_called(*space, name)];
    EXPECT_TRUE(gene.ordered);
    ASSERT_EQ(gene.values.size(), static_cast<std::size_t>(last - first + 1)) << name;
    for (int i = 0; i <= last - first; ++i) EXPECT_EQ(gene.values[i], first + i) << name;
  };
  expect_range("first_channels", 8, 128);
  expect_range("first_kernel", 3, 7);
  expect_range("main_blocks", 1, 5);
  for (int m = 1; m <= 5; ++m) {
    const std::string block = "block" + std::to_string(m);
    expect_range(block + ".residual_blocks", 1, 16);
    expect_range(block + ".branches", 1, 12);
    expect_range(block + ".widening", 1, 4);
    const Gene& type = space->genes()[test::gene_called(*space, block + ".type")];
    EXPECT_FALSE(type.ordered);
    EXPECT_EQ(type.choices, (std::vector<std::string>{"A", "B", "C", "D"}));
  }
  EXPECT_EQ(space->genes().size(), 23u);
}

TEST(Sizes, AreTheProductsOfTheChoices) {
  // 121 x 5 x sum over M of (16 x 12 x 4 x 4)^M: more than 64 bits hold.
  const auto analognas = shipped("analognas");
  EXPECT_FALSE(analognas->size().exact.has_value());
  double sum = 0;
  for (int m = 1; m <= 5; ++m) sum += std::pow(3072.0, m);
  EXPECT_NEAR(analognas->size().log10, std::log10(121 * 5 * sum), 1e-9);
  EXPECT_EQ(shipped("analognas", {"only.main_blocks={choices: [\"1\", \"2\"]}"})->size().exact,
            605ull * (3072 + 3072 * 3072));
  // 3 x 2 x 2 x (72 x 72 (1 + 72 (1 + 72)))
  EXPECT_EQ(shipped("resnet-elastic")->size().exact, 12ull * 72 * 72 * (1 + 72 * (1 + 72)));
  EXPECT_GE(shipped("resnet-elastic")->size().exact, 10000000u);
}

TEST(Samples, ExistAreCanonicalAndDependOnKeyAndIndexOnly) {
  for (const auto& kind : kKinds) {
    const auto space = shipped(kind);
    common::RandomKey key, other;
    other.seed = 1;
    std::set<Genes> seen;
    int equal = 0;
    for (int i = 0; i < 200; ++i) {
      const Genes genes = space->sample(key, i);
      EXPECT_TRUE(space->exists(genes));
      EXPECT_EQ(genes, space->canonical(genes));
      seen.insert(genes);
      equal += genes == space->sample(other, i) ? 1 : 0;
    }
    EXPECT_GE(seen.size(), 170u) << kind;  // dead edges make cells meet
    EXPECT_LE(equal, 5) << kind;
    // Any order, any other space object.
    const auto again = shipped(kind);
    for (int i = 199; i >= 0; i -= 50) EXPECT_EQ(again->sample(key, i), space->sample(key, i));
  }
}

TEST(Samples, AreUniformInEveryGeneWhereNoLimitInterferes) {
  const auto space = shipped("resnet-elastic", {"max_macs=1.0e+12", "max_parameters=100000000"});
  constexpr int kSamples = 20000;
  std::vector<std::vector<int>> counts;
  for (const Gene& gene : space->genes()) counts.emplace_back(gene.choices.size());
  std::vector<int> active(space->genes().size());
  const int stages = test::gene_called(*space, "stages");
  for (int i = 0; i < kSamples; ++i) {
    const Genes genes = space->sample({}, i);
    for (std::size_t g = 0; g < genes.size(); ++g) {
      if (space->genes()[g].stage > space->genes()[stages].values[genes[stages]]) continue;
      ++counts[g][genes[g]];
      ++active[g];
    }
  }
  for (std::size_t g = 0; g < counts.size(); ++g)
    for (const int count : counts[g]) {
      const double p = 1.0 / counts[g].size();
      // 5 standard deviations of a binomial; 60 comparisons: false alarm below 4e-5.
      EXPECT_NEAR(count, active[g] * p, 5 * std::sqrt(active[g] * p * (1 - p))) << space->genes()[g].name;
    }
}

TEST(Samples, AreRefusedWhereTheLimitsLeaveNothing) {
  const auto space = shipped("resnet-elastic", {"max_parameters=100"});
  EXPECT_EQ(test::input_error([&] { space->sample({}, 0); }),
            "error: resnet-elastic: 100000 random genotypes and none of them exists: the limits or 'only' "
            "leave too little");
}

TEST(Neighbours, DifferInOneGeneByOneStepAndExist) {
  for (const auto& kind : kKinds) {
    const auto space = shipped(kind);
    for (int i = 0; i < 20; ++i) {
      const Genes centre = space->sample({}, i);
      const auto neighbours = space->neighbours(centre);
      EXPECT_FALSE(neighbours.empty());
      EXPECT_EQ(std::set<Genes>(neighbours.begin(), neighbours.end()).size(), neighbours.size());
      for (const Genes& other : neighbours) {
        EXPECT_TRUE(space->exists(other));
        EXPECT_EQ(other, space->canonical(other));
        EXPECT_NE(other, centre);
        int ways = 0;
        for (int g = 0; g < static_cast<int>(centre.size()); ++g)
          for (int c = 0; c < static_cast<int>(space->genes()[g].choices.size()); ++c)
            if (!space->genes()[g].ordered || std::abs(c - centre[g]) == 1)
              ways += space->mutated(centre, g, c) == other ? 1 : 0;
        EXPECT_GE(ways, 1) << kind << " sample " << i;
      }
    }
  }
}

TEST(Neighbours, AreAllOfThemInASpaceWithoutConditions) {
  const auto space = shipped("resnet-elastic", {"only.stages={choices: [\"4\"]}"});
  const Genes corner(space->genes().size(), 0);
  // At the lowest choice every ordered gene has one neighbour, every type the other one; `stages` is fixed.
  EXPECT_EQ(space->neighbours(corner).size(), space->genes().size() - 1);
}

TEST(GeneNames, ReadBackToTheSameGenes) {
  for (const auto& kind : kKinds) {
    const auto space = shipped(kind);
    for (int i = 0; i < 100; ++i) {
      const Genes genes = space->sample({}, i);
      EXPECT_EQ(space->parse(space->choices(genes)), genes) << kind;
    }
  }
}

TEST(GeneNames, AreRefusedWithEverythingThatIsWrong) {
  const auto space = shipped("resnet-elastic");
  auto good = space->choices(space->sample({}, 0));
  auto bad = good;
  bad["stem_widht"] = "8";
  bad["stage1.type"] = "bottlenek";
  test::expect_input_error([&] { space->parse(bad); },
                           "error: gene 'stage1.type' is bottlenek; allowed is one of basic, bottleneck; did "
                           "you mean 'bottleneck'?\n"
                           "error: there is no gene 'stem_widht'; did you mean 'stem_width'?");
  good.erase("stem_width");
  test::expect_input_error([&] { space->parse(good); }, "error: gene 'stem_width' is missing");
}

TEST(Texts, OfGenesReadBackToTheSameGenes) {
  for (const auto& kind : kKinds) {
    const auto space = shipped(kind);
    for (int i = 0; i < 50; ++i) {
      const Genes genes = space->sample({}, i);
      EXPECT_EQ(space->parse(space->text(genes)), genes) << space->text(genes);
    }
  }
}

TEST(Spreads, CoverTheSizesEvenly) {
  const auto space = shipped("resnet-elastic");
  const auto chosen = space->spread({}, 24);
  ASSERT_EQ(chosen.size(), 24u);
  int at_most_half = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    EXPECT_TRUE(space->exists(chosen[i]));
    if (i > 0) {
      EXPECT_LE(space->macs(chosen[i - 1]), space->macs(chosen[i]));
    }
  }
  // As many random networks lie below the middle one as above it: 5 standard deviations of a binomial.
  for (int i = 0; i < 1000; ++i) {
    common::RandomKey other;
    other.seed = 9;
    at_most_half += space->macs(space->sample(other, i)) <= space->macs(chosen[12]) ? 1 : 0;
  }
  EXPECT_NEAR(at_most_half, 520, 5 * 16 + 20);
  EXPECT_EQ(space->spread({}, 24), chosen);
}

}  // namespace
}  // namespace phasecore::spaces
