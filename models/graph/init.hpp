// Values before training: keyed random weights, the same for the same seed on every machine.
#pragma once

#include <cstdint>

#include "models/graph/network.hpp"

namespace phasecore::graph {

/// Which random number a weight gets. Both are promises: a seed means these values.
enum class WeightAddress {
  ByPlace,   ///< the place in its tensor (defined networks)
  ByOutput,  ///< its output and its place among that output's weights (search spaces)
};

/// Fills every tensor that starts random (Start::HeNormal) and leaves the others as they are.
void fill_he_normal(Network& network, std::uint64_t seed, WeightAddress address);

/// The network as before training (biases 0, batch norms neutral), weights by place, and without ranges.
Network with_random_weights(Network network, std::uint64_t seed);

}  // namespace phasecore::graph
