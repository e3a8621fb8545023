// Relu and Clip: a clamp joins the stage before it, or is a stage of its own.
#include "models/graph/ops/activation.hpp"

#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/combine.hpp"
#include "sim/mapping/stages/elementwise.hpp"
#include "sim/mapping/stages/mvm.hpp"

namespace phasecore::mapping {
namespace {

/// The last clamp of a stage. That of a pooling one comes before its maximum, with which it commutes.
Activation& last_activation(Stage& stage) {
  if (auto* mvm = stage.as<MvmWork>()) return mvm->activation;
  if (auto* pool = stage.as<PoolWork>()) return pool->activation;
  if (auto* both = stage.as<CombineWork>()) return both->activation;
  auto* elementwise = stage.as<ElementwiseWork>();
  common::ensure(elementwise != nullptr, "mapping: what '" + stage.name + "' does takes no clamp");
  return elementwise->activation;
}

void lower_clamp(Lowering& at, const Activation& activation) {
  if (Stage* before = at.joined(0)) {
    Activation& last = last_activation(*before);
    last = combine(last, activation);
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
