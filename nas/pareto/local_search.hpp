// Pareto local search (Paquete, Chiarandini, Stuetzle 2004) with restarts: the archive of non-dominated
// genotypes gives its untried neighbours (one gene, one step; sampling.hpp), one of each member in turn, in
// drawn order. When no member has any left, uniform samples follow. With a prescreen all untried neighbours
// compete.
#pragma once

#include "nas/pareto/engine.hpp"

namespace phasecore::pareto {

std::unique_ptr<Engine> make_local_search(const Domain& domain, const EngineSettings& settings,
                                          Prescreen prescreen);

}  // namespace phasecore::pareto
