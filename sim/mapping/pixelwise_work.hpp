// What works share that fire once for each pixel they deliver.
#pragma once

#include "sim/mapping/stage.hpp"
#include "sim/mapping/stages/activation.hpp"

namespace phasecore::mapping {

/// Base of them.
struct PixelwiseWork : StageWork {
  int firings(const Stage& stage) const override { return raster_of(stage.out_shape).pixels(); }
};

/// Of those that compute a function of each result, which others may join.
struct ActivatedWork : PixelwiseWork {
  Activation activation;

  Activation* joined_activation(const Activation& /*next*/) override { return &activation; }
};

}  // namespace phasecore::mapping
