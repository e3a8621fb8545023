#include "sim/mapping/stages/offset.hpp"

namespace phasecore::mapping {

DigitalDemand OffsetWork::demand(const Stage& stage) const {
  const int channels = raster_of(stage.out_shape).channels;
  DigitalDemand demand = moved.demand(stage);
  demand.loaded_bytes += channels;
  demand.combined = 2.0 * channels;
  add_demand(activation, channels, demand);
  return demand;
}

}  // namespace phasecore::mapping
