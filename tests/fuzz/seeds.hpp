// What the archive seeds were written with; another identity is another search.
#pragma once

#include "nas/archive/archive.hpp"

namespace phasecore::fuzz {

inline const archive::Identity kIdentity = {{"seed", "1"}, {"chip.adc.bits", "8"}};

}  // namespace phasecore::fuzz
