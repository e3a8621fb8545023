// What combines two values that are not of one shape, or that are not added.
#pragma once

#include "sim/mapping/pixelwise_work.hpp"

namespace phasecore::mapping {

enum class Combination { Add, Sub, Mul, Div, Max, Min };

/// out = activation(a op b), one firing per pixel. What has one channel, row or column is the same for all.
struct CombineWork final : ActivatedWork {
  Combination combination = Combination::Mul;

  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
};

/// The pixel of `from` that pixel `pixel` of what it broadcasts to reads.
int broadcast_pixel(const Raster& from, const Raster& to, int pixel);

}  // namespace phasecore::mapping
