#include "sim/mapping/stages/combine.hpp"

#include <utility>

namespace phasecore::mapping {

int broadcast_pixel(const Raster& from, const Raster& to, int pixel) {
  const int y = from.height == 1 ? 0 : pixel / to.width;
  const int x = from.width == 1 ? 0 : pixel % to.width;
  return y * from.width + x;
}

Reads CombineWork::reads(const Stage& stage, int input) const {
  const Raster from = raster_of(stage.inputs.at(input).shape), to = raster_of(stage.out_shape);
  std::vector<graph::PixelSpan> spans;
  for (int pixel = 0; pixel < to.pixels(); ++pixel) {
    const int read = broadcast_pixel(from, to, pixel);
    spans.push_back({read, read});
  }
  return span_reads(std::move(spans));
}

DigitalDemand CombineWork::demand(const Stage& stage) const {
  DigitalDemand demand;
  demand.loaded_bytes = raster_of(stage.inputs.at(0).shape).channels;
  demand.combined = 2.0 * raster_of(stage.out_shape).channels;
  add_demand(activation, raster_of(stage.out_shape).channels, demand);
  return demand;
}

}  // namespace phasecore::mapping
