// Between torch and the graph: a trained network as graph::Network, and a graph::Network as a place to start
// from.
#pragma once

#include "models/data/dataset.hpp"
#include "models/train/resnet8.hpp"
#include "models/train/settings.hpp"

namespace phasecore::train {

/// The network with its batch norms folded into the convolutions, static ranges of every activation (99.9th
/// percentile of |value| over `calibration`) and the settings as metadata `phasecore.recipe`.
graph::Network to_graph(ResNet8& network, const Settings& settings, const data::Dataset& calibration);

/// Copies a network made by to_graph() back. The batch norms that folding removed are put in again so that
/// they do nothing at first: their statistics are those of the convolutions' outputs over `calibration`.
/// Throws InputError naming every layer that is missing or has another shape.
void start_from(const graph::Network& folded, const data::Dataset& calibration, ResNet8& network);

/// Share of the images that graph::infer classifies correctly.
double accuracy(const graph::Network& network, const data::Dataset& dataset);

}  // namespace phasecore::train
