#include "sim/mapping/stage.hpp"

namespace phasecore::mapping {

std::vector<ChannelPart> parts_of(const StageInput& input) {
  if (input.stage == kParts) return input.parts;
  return {{input.stage, 0, raster_of(input.shape).channels}};
}

}  // namespace phasecore::mapping
