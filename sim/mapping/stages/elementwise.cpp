#include "sim/mapping/stages/elementwise.hpp"

namespace phasecore::mapping {

Reads ElementwiseWork::reads(const Stage& stage, int /*input*/) const {
  return pixel_reads(firings(stage));
}

DigitalDemand ElementwiseWork::demand(const Stage& stage) const {
  DigitalDemand demand;
  demand.loaded_bytes = raster_of(stage.out_shape).channels;
  demand.combined = static_cast<double>(demand.loaded_bytes) * static_cast<double>(stage.inputs.size());
  add_demand(activation, demand.loaded_bytes, demand);
  return demand;
}

}  // namespace phasecore::mapping
