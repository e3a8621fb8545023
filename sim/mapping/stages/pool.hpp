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

/// out = pool(activation(in)), one firing per pooled pixel.
struct PoolWork final : PixelwiseWork {
  Pool pool;
  Activation activation;

  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
  /// A clamp alone: behind a maximum it comes before it, with which it commutes.
  Activation* joined_activation(const Activation& next) override {
    return next.functions.empty() ? &activation : nullptr;
  }
};

}  // namespace phasecore::mapping
