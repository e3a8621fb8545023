// Executes a program with float values that travel as its tokens say, in any order its tokens and credits
// allow. A value that is used before it came or after it was freed is NaN, and shows in the result.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/mapping/build_program.hpp"
#include "tests/sim/mapping/float_stages.hpp"

namespace phasecore::test {

/// Runs one image. `seed` chooses the order of firings. None: nothing can fire, but not everything has.
std::optional<Values> run_tokens(const mapping::Mapping& mapping, const mapping::BuiltProgram& built,
                                 const Values& image, std::uint32_t seed);

}  // namespace phasecore::test
