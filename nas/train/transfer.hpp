// Between training and the graph: a trained network as a file has it, and such a network as a place to start
// from.
#pragma once

#include "models/data/dataset.hpp"
#include "nas/train/parameters.hpp"
#include "nas/train/pass.hpp"
#include "nas/train/settings.hpp"

namespace phasecore::train {

/// The network with the trained values, its batch norms folded into the layers before them, a static range
/// for every layer's output and the settings as metadata `phasecore.recipe`. Ranges are those of `learned`,
/// where it has any, else the 99.9th percentile of |value| over `calibration`. A leg before the last one
/// keeps its batch norms: the next leg goes on with their running statistics.
graph::Network to_graph(const graph::Network& network, Parameters& parameters, const Settings& settings,
                        const data::Dataset& calibration, const Ranges& learned);

/// Copies a trained network's values, layer by layer of the same name. Where its batch norms were folded away
/// they are put in again so that they do nothing at first: their statistics are those of the convolutions'
/// outputs over `calibration`. Throws InputError naming every layer that is missing or differs in shape.
void start_from(const graph::Network& trained, const data::Dataset& calibration,
                const graph::Network& network, Parameters& parameters);

/// Share of the images that graph::infer classifies correctly.
double accuracy(const graph::Network& network, const data::Dataset& dataset);

}  // namespace phasecore::train
