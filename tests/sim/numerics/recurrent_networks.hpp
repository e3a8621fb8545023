// Sequences through recurrent layers, for tests of the chip.
#pragma once

#include <vector>

#include "models/graph/network.hpp"
#include "models/graph/ops/recurrent.hpp"

namespace phasecore::test {

/// With random weights and biases, delivering whole sequences.
graph::Recurrent lstm(int values, int hidden);
graph::Recurrent gru(int values, int hidden);
graph::Recurrent rnn(int values, int hidden);
/// An LSTM of two directions.
graph::Recurrent both_ways(int values, int hidden);

/// The layers one after the other, "layer0", "layer1", ...; the last one delivers its last state to a Gemm
/// with 10 classes.
graph::Network recurrent_network(const graph::Shape& sequence, std::vector<graph::Recurrent> layers);

}  // namespace phasecore::test
