// Values that go to other places.
#pragma once

#include <cstdint>
#include <vector>

#include "models/graph/moving.hpp"
#include "sim/mapping/pixelwise_work.hpp"

namespace phasecore::mapping {

/// Where a value lies: in which input, and where in it, pixel by pixel. `at` kNoPlace: it is 0.
struct Place {
  int input = 0;
  std::int32_t at = graph::kNoPlace;
};

/// Every value is one of the inputs', whose codes have one step. A firing per pixel.
struct MoveWork final : PixelwiseWork {
  std::vector<Place> places;  ///< of each value, pixel by pixel

  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
};

}  // namespace phasecore::mapping
