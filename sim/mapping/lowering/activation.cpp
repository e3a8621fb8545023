// Relu and Clip: a clamp joins the stage before it, or is a stage of its own.
#include "models/graph/ops/activation.hpp"

#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/elementwise.hpp"
#include "sim/mapping/stages/mvm.hpp"

namespace phasecore::mapping {
namespace {

/// The last clamp of a stage, if another may follow it. A maximum may be clamped before or after it is taken;
/// an average may not.
Activation* last_activation(Stage& stage) {
  const auto may_follow = [](const Pool& pool) { return pool.kind == PoolKind::Max; };
  if (auto* mvm = stage.as<MvmWork>())
    return !mvm->pool || may_follow(*mvm->pool) ? &mvm->activation : nullptr;
  if (auto* pool = stage.as<PoolWork>()) return may_follow(pool->pool) ? &pool->activation : nullptr;
  if (auto* elementwise = stage.as<ElementwiseWork>()) return &elementwise->activation;
  return nullptr;
}

void lower_clamp(Lowering& at, const Activation& activation) {
  Stage* before = at.open(0);
  if (Activation* last = before != nullptr ? last_activation(*before) : nullptr) {
    *last = combine(*last, activation);
    return at.extend(*before);
  }
  Stage stage;
  stage.inputs = {at.input(0)};
  stage.out_shape = stage.inputs[0].shape;
  ElementwiseWork work;
  work.activation = activation;
  stage.work = work;
  at.start(std::move(stage));
}

}  // namespace

void register_activation(Rules& rules) {
  rules.add("Relu", [](Lowering& at) { lower_clamp(at, {ActivationKind::Relu, 0, 0}); });
  rules.add("Clip", [](Lowering& at) {
    const auto* clip = at.layer().as<graph::Clip>();
    lower_clamp(at, {ActivationKind::Clip, clip->low, clip->high});
  });
}

}  // namespace phasecore::mapping
