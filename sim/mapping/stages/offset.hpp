// Values and constants of their own: an embedding of places, a class token in front of a sequence.
#pragma once

#include <vector>

#include "sim/mapping/stages/move.hpp"

namespace phasecore::mapping {

/// out = activation(moved in + offset), one firing per pixel. Where nothing moves to, the offset alone.
struct OffsetWork final : ActivatedWork {
  MoveWork moved;
  std::vector<float> offsets;  ///< of each value, pixel by pixel; INT8 codes of one step in the core's memory

  Reads reads(const Stage& stage, int input) const override { return moved.reads(stage, input); }
  DigitalDemand demand(const Stage& stage) const override;
  std::int64_t constant_bytes() const override { return static_cast<std::int64_t>(offsets.size()); }
};

}  // namespace phasecore::mapping
