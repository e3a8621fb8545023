// NSGA-II (Deb, Pratap, Agarwal, Meyarivan, IEEE TEC 6(2), 2002) with constraint domination, as published but
// for: genes and operators that follow the domain instead of real numbers; a Latin-hypercube start; no
// genotype twice, measured to be worth more than anything else on discrete domains; dominance under noise
// (dominance.hpp); all non-dominated genotypes ever told stay parents, however many they are; and, with a
// prescreen, an oversupply of children, to which the untried neighbours of the front are added.
#pragma once

#include "nas/pareto/engine.hpp"

namespace phasecore::pareto {

std::unique_ptr<Engine> make_nsga2(const Domain& domain, const EngineSettings& settings, Prescreen prescreen);

}  // namespace phasecore::pareto
