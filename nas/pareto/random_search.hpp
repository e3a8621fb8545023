// Uniform sampling without repeats: what every other engine has to beat.
#pragma once

#include "nas/pareto/engine.hpp"

namespace phasecore::pareto {

std::unique_ptr<Engine> make_random_search(const Domain& domain, const EngineSettings& settings);

}  // namespace phasecore::pareto
