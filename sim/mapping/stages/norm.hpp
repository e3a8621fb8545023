// What needs all channels of a pixel, or the whole image, for each value: normalisations, Softmax.
#pragma once

#include <memory>

#include "sim/mapping/pixelwise_work.hpp"

namespace phasecore::mapping {

/// out = activation(op(in)), one firing per pixel, each of which sees one pixel or, where `whole`, the image,
/// which is then held until its last pixel has come.
struct NormWork final : ActivatedWork {
  std::shared_ptr<const graph::Operator> op;  ///< works on {C}, one pixel; where `whole` on the image
  bool whole = false;
  bool exponential = false;  ///< a function is computed of each value besides

  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
};

}  // namespace phasecore::mapping
