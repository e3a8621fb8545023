// The evolutionary algorithm of AnalogNAS (Benmeziane et al., arXiv 2305.10459), after the text of the paper:
// a Latin-hypercube population; each iteration the best half, by one scalar objective, is kept and varied;
// the union of what mutation and crossover give joins the population, and the best remain. Networks over the
// parameter limit (and other constraints) rank behind all that keep it.
//
// Ours, because the paper leaves it open or because this is one engine among others: the scalar objective is
// objective 0 (the paper: accuracy at one day over its standard deviation); its mutation probabilities, 0.8
// for depth and width and 0.5 for the rest, are read as the chance that one ordered gene, or one categorical
// gene, takes another choice; mutation and crossover give one child in two each; no genotype is evaluated
// twice; candidates are evaluated, not predicted by a surrogate that was trained before the search. Its front
// is that of everything it evaluated.
#pragma once

#include "nas/pareto/engine.hpp"

namespace phasecore::pareto {

std::unique_ptr<Engine> make_analognas(const Domain& domain, const EngineSettings& settings);

}  // namespace phasecore::pareto
