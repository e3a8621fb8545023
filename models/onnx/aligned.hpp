// Operands whose shapes ONNX would line up otherwise than a network does.
#pragma once

#include <optional>

#include "models/graph/network.hpp"

namespace phasecore::onnx {

/// The network with a Reshape before each activation that is combined with values of more dimensions: ONNX
/// lines shapes up from their last dimension on and the first of an activation is the batch, which would be
/// taken for one of theirs. Constants stand where reading such a model finds them. Nothing if there is no
/// such activation.
std::optional<graph::Network> with_aligned_operands(const graph::Network& network);

}  // namespace phasecore::onnx
