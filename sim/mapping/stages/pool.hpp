// A pool, fused into an MVM stage or as a stage of its own.
#pragma once

#include "sim/mapping/stage.hpp"
#include "sim/mapping/stages/activation.hpp"

namespace phasecore::mapping {

enum class PoolKind { Max, Average };
struct Pool {
  PoolKind kind = PoolKind::Max;
  graph::Window window;  ///< of a global pool the whole plane
  /// Values per image that enter a pool that delivers `out`.
  double values(const graph::Shape& out) const;
};

/// out = pool(activation(in)), one firing per pooled pixel.
struct PoolWork final : StageWork {
  Pool pool;
  Activation activation;

  int firings(const Stage& stage) const override;
  Reads reads(const Stage& stage, int input) const override;
  DigitalDemand demand(const Stage& stage) const override;
};

}  // namespace phasecore::mapping
