// Layers that multiply by a number or add one, in whatever form they were read: rules for functions that come
// in pieces look through them.
#pragma once

#include <optional>

#include "models/graph/network.hpp"

namespace phasecore::onnx {

class NodeReader;

/// factor * (what `layer` delivers) + shift.
struct Line {
  int layer = -1;
  double factor = 1, shift = 0;
};

/// The layer as a line of one that it reads; nullopt if it is none.
std::optional<Line> line_of(const NodeReader& reader, const graph::Layer& layer);

/// All lines behind one another, down to a layer that is none.
Line lines_to(const NodeReader& reader, int layer);

}  // namespace phasecore::onnx
