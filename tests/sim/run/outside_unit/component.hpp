// A unit that the library does not know, as a component: what one firing costs there.
#pragma once

#include "sim/mapping/stage.hpp"

namespace phasecore::test {

/// Halves one value per 3 ns.
inline mapping::UnitWork halving_unit(int values) {
  constexpr common::Picoseconds kPerValue = 3000;
  constexpr common::Attojoules kEnergyPerValue = 40'000;
  return {"halving", values * kPerValue, 0, values * kEnergyPerValue};
}

}  // namespace phasecore::test
