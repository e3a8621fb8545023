// Which recurrent layers are one loop of plain steps: what crossbars and gate slices compute, and training.
#pragma once

#include <optional>
#include <string>

#include "models/graph/ops/recurrent.hpp"

namespace phasecore::graph {

/// What keeps a layer from being a loop from the sequence's start to its end, with a state of zeros before
/// the first step, one product of [what comes in; state] in each, Sigmoid for gates and Tanh for values: "it
/// has peepholes". Nothing if nothing does.
std::optional<std::string> why_no_plain_loop(const Recurrent& op);

}  // namespace phasecore::graph
