#include "sim/mapping/stages/pool.hpp"

namespace phasecore::mapping {

double Pool::values(const graph::Shape& out) const {
  return static_cast<double>(graph::volume(out)) * window.kernel_h * window.kernel_w;
}

Reads PoolWork::reads(const Stage& stage, int input) const {
  return window_reads(raster_of(stage.inputs.at(input).shape), pool.window, raster_of(stage.out_shape));
}

DigitalDemand PoolWork::demand(const Stage& stage) const {
  DigitalDemand demand;
  demand.pooled = pool.values(stage.out_shape) / firings(stage);
  demand.loaded_bytes = static_cast<int>(demand.pooled);
  return demand;
}

}  // namespace phasecore::mapping
