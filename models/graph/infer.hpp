// Float reference inference: plain and exact in meaning, the yardstick for everything analog.
#pragma once

#include <functional>
#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::graph {

/// Activations of a batch: values[sample][feature] in C order of the layer's shape.
struct Batch {
  int samples = 0;
  Shape shape;
  std::vector<float> values;
};

/// Runs the network on a batch shaped like its only input. Returns one batch per network output.
/// Bit-equal for every batch size. Throws InputError when the input's shape differs.
std::vector<Batch> infer(const Network& network, const Batch& input);

/// The same for a network with several inputs: one batch for each, all of as many samples or of one.
std::vector<Batch> infer(const Network& network, const std::vector<Batch>& inputs);

/// The same, but returns the output of every layer (index = layer).
std::vector<Batch> infer_all(const Network& network, const Batch& input);

/// The same for the first `count` samples, shown one after the other: nothing is kept of a sample.
using SeeLayers = std::function<void(int sample, const std::vector<std::vector<float>>& values)>;
void for_each_sample(const Network& network, const Batch& input, int count, const SeeLayers& see);

/// The same network with the mean and variance of every BatchNorm set to those of its own input over the
/// images (as training would measure them over one large batch). Throws InputError when the images' shape
/// differs.
Network with_statistics_of(Network network, const Batch& images);

}  // namespace phasecore::graph
