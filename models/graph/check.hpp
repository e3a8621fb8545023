// The checks behind build(), one layer at a time: the importers need the shapes so far to resolve automatic
// padding and reshapes.
#pragma once

#include <vector>

#include "models/graph/network.hpp"

namespace phasecore::graph {

/// "node 'conv1' (Conv)".
std::string label_of(const Layer& layer);

/// Checks one layer against the layers before it and fills in its shape. Problems become diagnostics; then
/// the result is false and the shape is left empty. A layer that reads one with an empty shape is checked as
/// far as possible, so that one mistake is reported once.
bool check_layer(const std::vector<Layer>& earlier, Layer& layer, common::Diagnostics& diagnostics);

/// The shape alone: of a layer whose operator is sound as it stands.
bool infer_shape(const std::vector<Layer>& earlier, Layer& layer, common::Diagnostics& diagnostics);

}  // namespace phasecore::graph
