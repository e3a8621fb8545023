// The joint genotype of a candidate and its two parts. Nobody else cuts it.
#pragma once

#include <vector>

#include "models/spaces/space.hpp"

namespace phasecore::evaluate {

struct Genotype {
  spaces::Genes network;
  std::vector<int> chip;  ///< one choice per chip gene
};

/// `joint`: the genes of the space, then those of the chip; throws InternalError for too few.
Genotype parts(const std::vector<int>& joint, const spaces::Space& space);
std::vector<int> joint(const Genotype& genotype);

}  // namespace phasecore::evaluate
