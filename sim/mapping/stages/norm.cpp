#include "sim/mapping/stages/norm.hpp"

namespace phasecore::mapping {

Reads NormWork::reads(const Stage& stage, int /*input*/) const {
  const int pixels = firings(stage);
  Reads reads = pixel_reads(pixels);
  if (whole)
    for (graph::PixelSpan& span : reads.spans) span.last = pixels - 1;
  return reads;
}

/// The statistics of a whole image take all its values before the first is normalised: they are read twice.
DigitalDemand NormWork::demand(const Stage& stage) const {
  const int channels = raster_of(stage.out_shape).channels;
  DigitalDemand demand;
  demand.loaded_bytes = (whole ? 2 : 1) * channels;
  demand.normalised = channels;
  demand.curved = exponential ? channels : 0;
  add_demand(activation, channels, demand);
  return demand;
}

}  // namespace phasecore::mapping
