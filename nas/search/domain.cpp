#include "nas/search/domain.hpp"

#include <algorithm>

#include "nas/evaluate/genotype.hpp"

namespace phasecore::search {

JointDomain::JointDomain(std::shared_ptr<const spaces::Space> space, std::vector<ChipGene> chip_genes,
                         std::function<bool(const Genes&)> exists, bool as_written)
    : space_(std::move(space)),
      chip_genes_(std::move(chip_genes)),
      exists_(std::move(exists)),
      as_written_(as_written) {
  for (const auto& gene : space_->genes()) names_.push_back(gene.name);
  for (const auto& gene : chip_genes_) names_.push_back(gene.key);
  // Genes that choose from equal lists share an alphabet, named by the first of them.
  const auto& genes = space_->genes();
  for (std::size_t g = 0; g < names_.size(); ++g) {
    std::size_t first = g;
    for (std::size_t other = 0; g < genes.size() && other < g && first == g; ++other)
      if (genes[other].choices == genes[g].choices) first = other;
    alphabets_.push_back(static_cast<int>(first));
  }
}

int JointDomain::choices(int gene) const {
  return static_cast<int>(gene < space_genes() ? space_->genes().at(gene).choices.size()
                                               : chip_genes_.at(gene - space_genes()).choices.size());
}

bool JointDomain::ordered(int gene) const {
  return gene < space_genes() ? space_->genes().at(gene).ordered
                              : chip_genes_.at(gene - space_genes()).ordered.value_or(false);
}

bool JointDomain::has_effect(const Genes& genes, int gene) const {
  if (as_written_ || gene >= space_genes()) return true;
  return space_->choices(of_space(genes)).count(space_->genes()[gene].name) != 0;
}

Genes JointDomain::canonical(const Genes& genes) const {
  if (as_written_) return genes;
  evaluate::Genotype genotype = evaluate::parts(genes, *space_);
  genotype.network = space_->canonical(genotype.network);
  return evaluate::joint(genotype);
}

bool JointDomain::exists(const Genes& canonical) const {
  return space_->exists(of_space(canonical)) && (!exists_ || exists_(canonical));
}

std::vector<std::string> JointDomain::words(const Genes& genes) const {
  std::vector<std::string> words;
  for (int g = 0; g < space_genes(); ++g)
    words.push_back(has_effect(genes, g) ? space_->genes()[g].choices.at(genes.at(g)) : "");
  for (std::size_t g = 0; g < chip_genes_.size(); ++g)
    words.push_back(chip_genes_[g].choices.at(genes.at(words.size())));
  return words;
}

Genes JointDomain::parse(const std::map<std::string, std::string>& words) const {
  evaluate::Genotype genotype;
  std::map<std::string, std::string> of_space = words;
  for (const ChipGene& gene : chip_genes_) {
    const auto word = of_space.find(gene.key);
    const auto& choices = gene.choices;
    const auto choice =
        word == of_space.end() ? choices.begin() : std::find(choices.begin(), choices.end(), word->second);
    if (choice == choices.end())
      throw common::InputError("the chip gene '" + gene.key + "' has no choice '" + word->second + "'");
    genotype.chip.push_back(static_cast<int>(choice - choices.begin()));
    if (word != of_space.end()) of_space.erase(word);
  }
  genotype.network = space_->parse(of_space);
  return canonical(evaluate::joint(genotype));
}

spaces::Genes JointDomain::of_space(const Genes& genes) const {
  return evaluate::parts(genes, *space_).network;
}

std::vector<int> JointDomain::of_chip(const Genes& genes) const {
  return evaluate::parts(genes, *space_).chip;
}

}  // namespace phasecore::search
