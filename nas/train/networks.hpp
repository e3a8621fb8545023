// The network that a recipe asks for, with random weights.
#pragma once

#include "models/data/dataset.hpp"
#include "models/graph/network.hpp"
#include "nas/train/settings.hpp"

namespace phasecore::train {

/// `reading` as the network wants it, where that does not depend on the data: images are read at a file's
/// size, and own arrays may stand as the file was exported (N x H x W x C).
data::Reading reading_for(const NetworkSource& source, data::Reading reading);

/// Built for the data's images and classes, batch norms unfolded, He-normal weights from `seed`. A definition
/// and a space are built for them (a definition of sequences takes one channel of rows as a sequence, so its
/// input may be the data's values in another shape); a file has to fit. In a file that phasecore-train wrote,
/// batch norms are put in again behind every convolution (neutral ones). Throws InputError for unknown names,
/// unreadable files, genes that name no network, and networks that do not fit the data.
graph::Network network_of(const NetworkSource& source, const data::Dataset& data, int seed);

/// The same network with a neutral batch norm "<layer>.norm" behind every convolution; the convolutions'
/// biases become the batch norms' offsets.
graph::Network with_batch_norms(const graph::Network& network);

}  // namespace phasecore::train
