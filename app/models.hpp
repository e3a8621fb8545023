// The MODEL argument: FILE.onnx or zoo:NAME, a shipped network or a definition without trained weights.
#pragma once

#include <string>
#include <vector>

#include "models/data/dataset.hpp"
#include "models/graph/network.hpp"

namespace phasecore::app {

struct Model {
  graph::Network network;
  std::string sha256;   ///< of the ONNX file; of a definition, of the ONNX file it would make
  bool trained = true;  ///< false: the weights are a definition's random ones
};

/// Where the shipped networks are: $PHASECORE_ZOO, or `zoo` beside an installed program's configs, or the
/// source tree's models/zoo.
std::string zoo_directory();

/// Throws InputError naming the shipped networks and the definitions when there is no zoo:NAME.
Model load_model(const std::string& model);

/// Throws InputError when the results would depend on weights that nobody trained. `remedy` ends the message.
void require_trained(const Model& model, const std::string& remedy);

/// common::check_writable(), and throws InputError where the output is one of the files that the command
/// reads: it would be gone. What is no file (a shipped name) is none of them.
void check_output(const std::string& output, const std::vector<std::string>& inputs);

/// The data set a network was trained on, from the recipe in its metadata (docs/formats.md), or "none".
std::string default_data(const graph::Network& network);

}  // namespace phasecore::app
