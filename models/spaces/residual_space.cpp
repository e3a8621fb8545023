#include "models/spaces/residual_space.hpp"

#include <cmath>

namespace phasecore::spaces {

ResidualSpace::ResidualSpace(Settings settings, std::vector<Gene> genes, int stages_gene)
    : Space(std::move(settings), std::move(genes)), stages_gene_(stages_gene) {}

bool ResidualSpace::has_effect(const Genes& genes, int gene) const {
  return this->genes()[gene].stage <= stages(genes);
}

Genes ResidualSpace::canonical(const Genes& genes) const {
  common::ensure(malformed(genes).empty(), "canonical() of malformed genes");
  Genes unique = genes;
  for (int g = 0; g < static_cast<int>(unique.size()); ++g)
    if (!has_effect(genes, g)) unique[g] = 0;
  return unique;
}

/// One product of choices per number of stages, because the genes of absent stages do not count.
Size ResidualSpace::size() const {
  std::uint64_t exact = 0;
  bool fits = true;
  double total = 0;
  for (const int stages : genes()[stages_gene_].values) {
    std::uint64_t product = 1;
    double approximate = 1;
    for (int g = 0; g < static_cast<int>(genes().size()); ++g) {
      if (g == stages_gene_ || genes()[g].stage > stages) continue;
      fits = !__builtin_mul_overflow(product, genes()[g].choices.size(), &product) && fits;
      approximate *= static_cast<double>(genes()[g].choices.size());
    }
    fits = !__builtin_add_overflow(exact, product, &exact) && fits;
    total += approximate;
  }
  return {fits ? std::optional<std::uint64_t>(exact) : std::nullopt, std::log10(total)};
}

Cost ResidualSpace::cost(const Genes& genes) const {
  return cost_of(structure(canonical(genes)), input(), classes());
}

std::string ResidualSpace::own_refusal(const Genes&) const {
  return "";
}

graph::Network ResidualSpace::draft(const Genes& canonical, std::uint64_t seed) const {
  return draft_of(structure(canonical), kind(), input(), classes(), seed);
}

}  // namespace phasecore::spaces
