// How a recipe's data are read, and what the network tells others of it.
#pragma once

#include "models/data/dataset.hpp"
#include "models/graph/network.hpp"
#include "nas/train/recipe.hpp"

namespace phasecore::train {

/// Throws InputError where `normalise` cannot be read.
data::Reading reading_of(const Recipe& recipe);

/// The metadata that every network of a training carries.
void add_input_metadata(const Recipe& recipe, graph::Network& network);

}  // namespace phasecore::train
