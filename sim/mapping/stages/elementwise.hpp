// What works on single values: sums and activations that could not be fused.
#pragma once

#include "sim/mapping/stage.hpp"
#include "sim/mapping/stages/activation.hpp"

namespace phasecore::mapping {

/// out = activation(sum of all inputs), one firing per pixel. All inputs have the shape of the output.
struct ElementwiseWork final : StageWork {
  Activation activation;

  int firings(const Stage& stage) const override;
  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
  Activation* joined_activation(const Activation& /*next*/) override { return &activation; }
};

}  // namespace phasecore::mapping
