// For generators beside those of random.hpp that are addressed in the same way.
#pragma once

#include "common/random.hpp"

namespace phasecore::common {

/// The key of the Philox blocks that a field of random numbers is made of.
std::array<std::uint32_t, 2> philox_key(const RandomKey& key);

}  // namespace phasecore::common
