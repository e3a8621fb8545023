// Random programs with what a plain one lacks: tasks that share a core, loops with and without initial
// tokens, a unit of another kind.
#pragma once

#include "random_program.hpp"

namespace phasecore::test {

/// A random program of these options, widened; orders and capacities are the mapper's. Keyed like it.
RandomProgram widened_program(std::uint64_t seed, const RandomOptions& options);

/// And with tokens for several receivers, and such that are read in another order than they are sent.
RandomProgram mixed_program(std::uint64_t seed, const RandomOptions& options);

/// And with signals, and layers that run one after the other.
RandomProgram program_in_waves(std::uint64_t seed, const RandomOptions& options);

}  // namespace phasecore::test
