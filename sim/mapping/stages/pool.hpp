// A pool, fused into an MVM stage or as a stage of its own.
#pragma once

#include "sim/mapping/pixelwise_work.hpp"

namespace phasecore::mapping {

enum class PoolKind { Max, Average };
struct Pool {
  PoolKind kind = PoolKind::Max;
  graph::Window window;  ///< of a global pool the whole plane
  /// Values per image that enter a pool that delivers `out`.
  double values(const graph::Shape& out) const;
};

/// A fused pool that is taken apart: the windows that stay fused, whose results a stage of its own pools. 1 x
/// 1 leaves nothing behind, 0 x 0 is the pool as it is.
struct PoolCut {
  int h = 0, w = 0;
  bool is_none() const { return h == 0; }
  bool operator==(const PoolCut& o) const { return h == o.h && w == o.w; }
};

/// out = pool(activation(in)), one firing per pooled pixel.
struct PoolWork final : PixelwiseWork {
  Pool pool;
  Activation activation;

  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
  int channel_units(const Stage& stage) const override {
    return is_per_channel(activation) ? 1 : raster_of(stage.out_shape).channels;
  }
  /// A clamp alone: behind a maximum it comes before it, with which it commutes.
  Activation* joined_activation(const Activation& next) override {
    return next.functions.empty() ? &activation : nullptr;
  }
};

}  // namespace phasecore::mapping
