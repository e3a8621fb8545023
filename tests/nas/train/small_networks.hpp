// Data and networks for the tests of training.
#pragma once

#include <torch/types.h>

#include <string>

#include "models/data/dataset.hpp"
#include "nas/train/forward.hpp"

namespace phasecore::test {

at::Generator generator(std::uint64_t seed);

/// Random images with labels; deterministic.
data::Dataset random_images(int count, const graph::Shape& shape);

/// A definition of the zoo for such images, with weights, biases and batch norms that all do something.
graph::Network lively(const std::string& definition, const graph::Shape& input, std::uint64_t seed);

/// The same with a Softmax at the end.
graph::Network with_softmax(graph::Network network);

/// All images through the network.
torch::Tensor logits(const graph::Network& network, train::Parameters& parameters, const data::Dataset& set,
                     const train::Pass& pass = {});

}  // namespace phasecore::test
