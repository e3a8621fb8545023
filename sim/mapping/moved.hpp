// Where the values of a layer lie: in what stages deliver, and in which order there. Inside mapping/ only.
#pragma once

#include <optional>
#include <vector>

#include "models/graph/moving.hpp"
#include "sim/mapping/stages/move.hpp"

namespace phasecore::mapping {

struct Located {
  std::vector<StageInput> sources;  ///< what whole stages (or the image) deliver; none: not known
  /// Of each value, in C order of `shape`, the place in the sources one behind the other, each in C order of
  /// its own shape. Empty: in that order.
  graph::Places places;
  graph::Shape shape;  ///< as the network has it
};

/// The values of several layers one behind the other, at other places. No source that holds none of them.
Located moved(const std::vector<const Located*>& inputs, const graph::Places& places, graph::Shape shape);

/// The values as a stage can read them from where they are: what one stage delivers, or whole channels, in
/// their order. None where that would take many small parts, or cannot be.
std::optional<StageInput> in_order(const Located& values);

/// The line in which a chip has a sequence: {width, steps} of {steps, width}; of {heads, steps, width} the
/// heads side by side.
graph::Shape line_of(const graph::Shape& sequence);
/// Of each of the line's values the place in the sequence.
graph::Places places_in(const graph::Shape& sequence);
/// Of each of the sequence's values the place in the line.
graph::Places places_in_line(const graph::Shape& sequence);

/// The work that puts them in their order in a raster, pixel by pixel.
MoveWork work_of(const Located& values, const Raster& raster);

}  // namespace phasecore::mapping
