// Attention: what every query takes of all values goes by how its key fits.
#pragma once

#include "sim/mapping/pixelwise_work.hpp"

namespace phasecore::mapping {

/// Reads queries, keys and values as lines {heads * size, number}, heads side by side. One firing per query:
/// its products with all keys, a softmax over them, and the sum of all values that it weighs. So the first
/// one waits for the last key and value, which are held until the last query is done.
struct AttentionWork final : ActivatedWork {
  int size = 0, value_size = 0;  ///< of a head's queries and keys, of its values
  int queries_per_key = 1;       ///< neighbouring heads of queries that share a head of keys and values
  float scale = 1;               ///< of products of queries and keys

  int heads(const Stage& stage) const { return raster_of(stage.out_shape).channels / value_size; }
  int keys(const Stage& stage) const { return raster_of(stage.inputs.at(1).shape).pixels(); }

  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
  int channel_units(const Stage& stage) const override;
  std::int64_t held_bytes(const Stage& stage) const override;
};

}  // namespace phasecore::mapping
