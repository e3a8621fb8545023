// The library's topologies and ours, by the names that chip files give them.
#pragma once

#include "tests/sim/fabric/outside_topology/one_way_torus.hpp"

namespace phasecore::test {

inline fabric::Topologies known_topologies() {
  fabric::Topologies known = fabric::topologies();
  known.add("one-way-torus", [](const config::Chip& chip) { return std::make_unique<OneWayTorus>(chip); });
  return known;
}

}  // namespace phasecore::test
