// What combines two values that are not of one shape, or that are not added.
#pragma once

#include "sim/mapping/stage.hpp"
#include "sim/mapping/stages/activation.hpp"

namespace phasecore::mapping {

enum class Combination { Add, Sub, Mul, Div, Max, Min };

/// out = activation(a op b), one firing per pixel. What has one channel, row or column is the same for all.
struct CombineWork final : StageWork {
  Combination combination = Combination::Mul;
  Activation activation;

  int firings(const Stage& stage) const override;
  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
  Activation* joined_activation(const Activation& /*next*/) override { return &activation; }
};

/// The pixel of `from` that pixel `pixel` of what it broadcasts to reads.
int broadcast_pixel(const Raster& from, const Raster& to, int pixel);

}  // namespace phasecore::mapping
