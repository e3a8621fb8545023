// Children from parents, by operators that follow the domain. Inside nas/pareto only.
#pragma once

#include "nas/pareto/draws.hpp"
#include "nas/pareto/engine.hpp"

namespace phasecore::pareto {

/// Every gene from either parent with equal chance.
Genes crossed(const Genes& a, const Genes& b, Draws& draws);

/// Another choice of one gene: categorical genes take any other one, ordered ones step to a neighbour or, in
/// one of four cases, jump to any other one. Genes with one choice stay.
int other_choice(const Domain& domain, int gene, int choice, Draws& draws);

/// Changes each gene that has an effect with probability rate / (number of such genes); at least one of them
/// if `at_least_one`. Not yet canonical.
Genes mutated(const Domain& domain, Genes genes, double rate, bool at_least_one, Draws& draws);

}  // namespace phasecore::pareto
