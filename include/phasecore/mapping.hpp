// The mapping compiler alone: how a network lies on a chip, with the closed form of its times.
#pragma once

#include <phasecore/chip.hpp>
#include <phasecore/network.hpp>
#include <string>

namespace phasecore {
inline namespace v1 {

struct NetworkMapping {
  int cores_used = 0, cores_available = 0;
  double interval_ns = 0;  ///< between images, by the closed form
  std::string json;        ///< schema phasecore.map/1: layers, tiles, replicas, cores, times
  std::string csv;         ///< one row per layer
  std::string file;        ///< the mapping as YAML, to be edited and given to a simulation
};

/// Throws InputError where the network cannot be executed or does not fit.
NetworkMapping map_network(const Network& network, const Chip& chip);

}  // namespace v1
}  // namespace phasecore
