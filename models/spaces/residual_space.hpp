// What the spaces of residual networks have in common: one gene says how many stages there are, and the genes
// of a stage have an effect only where that stage exists.
#pragma once

#include "models/spaces/residual_net.hpp"
#include "models/spaces/space.hpp"

namespace phasecore::spaces {

class ResidualSpace : public Space {
 public:
  Size size() const override;
  Genes canonical(const Genes& genes) const override;
  Cost cost(const Genes& genes) const override;
  /// The network in numbers, for those who cut it out of a larger one.
  virtual ResidualNet structure(const Genes& genes) const = 0;

 protected:
  /// `stages_gene`: position of the gene that counts the stages.
  ResidualSpace(Settings settings, std::vector<Gene> genes, int stages_gene);

  int stages(const Genes& genes) const { return value(genes, stages_gene_); }
  bool has_effect(const Genes& genes, int gene) const override;
  std::string own_refusal(const Genes& canonical) const override;
  graph::Network draft(const Genes& canonical, std::uint64_t seed) const override;

 private:
  int stages_gene_;
};

}  // namespace phasecore::spaces
