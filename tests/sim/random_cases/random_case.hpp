// Networks on chips at random: all kinds of layers, of chips and of mappings. Keyed: the same seed gives the
// same case everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/graph/infer.hpp"
#include "models/graph/network.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/program/program.hpp"

namespace phasecore::test {

enum class NetworkKind { Layers, Branches, Separable, Recurrent, Encoder };
constexpr int kNetworkKinds = 5;

/// A network on a chip, as far as it is settled before anything runs.
struct RandomCase {
  RandomCase(graph::Network n, config::Chip c);

  std::uint32_t seed = 0;
  NetworkKind kind = NetworkKind::Layers;
  std::string what;  ///< network, chip and settings, for people
  int refused = 0;   ///< draws before it that no mapping was found for
  graph::Network network;
  config::Chip chip;
  mapping::Mapping map;
  mapping::BuiltProgram built;
  program::Platform platform;
};

/// A case that maps. Throws InternalError if none of many draws does.
RandomCase random_case(std::uint32_t seed);

/// Runs `one` on the case of every seed (for_seeds()), whose description stands in every message.
void for_random_cases(std::uint32_t first, int count, const std::function<void(const RandomCase& c)>& one);

/// `images` of normally distributed values for it.
graph::Batch random_images(const RandomCase& c, std::uint32_t seed, int images);

}  // namespace phasecore::test
