#include "nas/search/domain.hpp"

#include <gtest/gtest.h>

#include "models/spaces/load.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::search {
namespace {

std::shared_ptr<const spaces::Space> space_named(const std::string& name) {
  common::Diagnostics diagnostics;
  return spaces::make(common::merged_settings(spaces::space_files, name), diagnostics);
}

const std::vector<ChipGene> kChipGenes = {{"adc.bits", {"6", "8", "9"}, true},
                                          {"crossbar.read_mode", {"one-phase", "four-phase"}, false}};

TEST(JointDomain, AppendsTheChipsGenesToTheSpaces) {
  const auto space = space_named("resnet-elastic");
  const int own = static_cast<int>(space->genes().size());
  const JointDomain domain(space, kChipGenes, {});
  ASSERT_EQ(domain.genes(), own + 2);
  EXPECT_EQ(domain.choices(own), 3);
  EXPECT_TRUE(domain.ordered(own));
  EXPECT_EQ(domain.choices(own + 1), 2);
  EXPECT_FALSE(domain.ordered(own + 1));
  EXPECT_EQ(domain.names()[own], "adc.bits");
}

TEST(JointDomain, CanonicalFormKeepsTheChipAndIsTheSpaces) {
  const auto space = space_named("resnet-elastic");
  const JointDomain domain(space, kChipGenes, {});
  const common::RandomKey key{5, common::Purpose::Test};
  int without_effect = 0;
  for (int i = 0; i < 50; ++i) {
    Genes genes = space->sample(key, static_cast<std::uint64_t>(i));
    const spaces::Genes canonical = space->canonical(genes);
    genes.push_back(2);
    genes.push_back(1);
    const Genes joint = domain.canonical(genes);
    EXPECT_EQ(domain.of_space(joint), canonical);
    EXPECT_EQ(domain.of_chip(joint), (std::vector<int>{2, 1}));
    EXPECT_TRUE(domain.exists(joint));
    const auto words = domain.words(joint);
    for (int g = 0; g < domain.genes(); ++g) {
      EXPECT_EQ(words[g].empty(), !domain.has_effect(joint, g)) << domain.names()[g];
      without_effect += domain.has_effect(joint, g) ? 0 : 1;
    }
    EXPECT_EQ(words[domain.genes() - 2], "9");
  }
  EXPECT_GT(without_effect, 0) << "the space must have genes without effect for this to mean anything";
}

TEST(JointDomain, AsksWhatElseDecidesWhetherANetworkExists) {
  const auto space = space_named("nasbench201");
  const JointDomain domain(space, {}, [](const Genes& genes) { return genes[0] != 2; });
  int refused = 0;
  for (int i = 0; i < 50; ++i) {
    const Genes genes = space->sample({5, common::Purpose::Test}, static_cast<std::uint64_t>(i));
    EXPECT_EQ(domain.exists(genes), genes[0] != 2);
    refused += genes[0] == 2 ? 1 : 0;
  }
  EXPECT_GT(refused, 0);
}

TEST(JointDomain, GenesWithTheSameChoicesShareAnAlphabet) {
  const JointDomain domain(space_named("nasbench201"), kChipGenes, {});
  for (int g = 0; g < 6; ++g) EXPECT_EQ(domain.alphabet(g), 0);
  EXPECT_EQ(domain.alphabet(6), 6);
  EXPECT_EQ(domain.alphabet(7), 7);
}

}  // namespace
}  // namespace phasecore::search
