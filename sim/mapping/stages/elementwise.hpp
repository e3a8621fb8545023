// What works on single values: sums and activations that could not be fused.
#pragma once

#include "sim/mapping/pixelwise_work.hpp"

namespace phasecore::mapping {
/// out = activation(sum of all inputs), one firing per pixel. All inputs have the shape of the output.
struct ElementwiseWork final : ActivatedWork {
  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
  int channel_units(const Stage& stage) const override {
    return is_per_channel(activation) ? 1 : raster_of(stage.out_shape).channels;
  }
};

}  // namespace phasecore::mapping
