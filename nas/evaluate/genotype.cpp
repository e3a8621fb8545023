#include "nas/evaluate/genotype.hpp"

#include "common/diagnostics.hpp"

namespace phasecore::evaluate {

Genotype parts(const std::vector<int>& joint, const spaces::Space& space) {
  common::ensure(joint.size() >= space.genes().size(), "evaluate: fewer genes than the space has");
  const auto first_of_chip = joint.begin() + static_cast<std::ptrdiff_t>(space.genes().size());
  return {{joint.begin(), first_of_chip}, {first_of_chip, joint.end()}};
}

std::vector<int> joint(const Genotype& genotype) {
  std::vector<int> genes = genotype.network;
  genes.insert(genes.end(), genotype.chip.begin(), genotype.chip.end());
  return genes;
}

}  // namespace phasecore::evaluate
