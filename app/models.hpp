// The MODEL argument: FILE.onnx or zoo:NAME.
#pragma once

#include <string>

#include "models/data/dataset.hpp"
#include "models/graph/network.hpp"

namespace phasecore::app {

struct Model {
  graph::Network network;
  std::string sha256;  ///< of the ONNX file
};

/// Throws InputError naming the shipped networks when there is no zoo:NAME.
Model load_model(const std::string& model);

/// The network with its weights replaced by keyed random ones (He-normal; biases 0; batch norms neutral).
graph::Network with_random_weights(graph::Network network, std::uint64_t seed);

/// The data set a network was trained on, from the recipe in its metadata (docs/formats.md), or "none".
std::string default_data(const graph::Network& network);

}  // namespace phasecore::app
