// Functions of single values, Relu and Clip among them: they join the stage before them, or are a stage of
// their own.
#include "models/graph/ops/activation.hpp"

#include "models/graph/ops/pointwise.hpp"
#include "models/graph/ops/prelu.hpp"
#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/elementwise.hpp"

namespace phasecore::mapping {
namespace {

void lower_as(Lowering& at, const Activation& activation) {
  if (Stage* before = at.joined(0)) {
    Activation* last = before->work.activation_for(activation);
    common::ensure(last != nullptr, "mapping: what '" + before->name + "' does takes no activation");
    *last = combine(*last, activation);
    return at.extend(*before);
  }
  Stage stage;
  const bool by_steps = at.by_steps();
  stage.inputs = {by_steps ? *at.sequence(0) : at.input(0)};
  stage.out_shape = stage.inputs[0].shape;
  ElementwiseWork work;
  work.activation = activation;
  stage.work = work;
  by_steps ? at.start_sequence(std::move(stage)) : at.start(std::move(stage));
}

Activation activation_of(Function function, const graph::Function& op) {
  function.cost = op.piecewise() ? FunctionCost::Piecewise : FunctionCost::Curve;
  return {ActivationKind::None, 0, 0, {std::move(function)}};
}

void lower_pointwise(Lowering& at) {
  const std::shared_ptr<graph::Operator> copy = at.layer().op().clone();
  const auto* op = dynamic_cast<const graph::Pointwise*>(copy.get());
  Function function;
  function.of = [copy, op](float x, int) { return op->of(x); };
  lower_as(at, activation_of(std::move(function), *op));
}

/// Are there as many values as channels, or one, in a tensor that broadcasts to `shape`?
bool per_channel(const graph::Tensor& tensor, const graph::Shape& shape) {
  const auto count = static_cast<int>(tensor.values.size());
  return count == 1 ||
         (count == shape[0] && tensor.shape.size() == shape.size() && tensor.shape[0] == shape[0]);
}

void lower_prelu(Lowering& at) {
  const auto& prelu = *at.layer().as<graph::PRelu>();
  if (!at.in_place(0)) return;
  if (!per_channel(prelu.slope, at.layer().shape))
    return at.refuse("its slopes, " + graph::to_string(prelu.slope.shape) +
                     ", are not one per channel or one for all");
  Function function;
  function.per_channel = prelu.slope.values.size() > 1;
  function.of = [slopes = prelu.slope.values](float x, int channel) {
    return x < 0 ? slopes[slopes.size() == 1 ? 0 : channel] * x : x;
  };
  lower_as(at, activation_of(std::move(function), prelu));
}

}  // namespace

void register_activation(Rules& rules) {
  rules.add_for<graph::Pointwise>(lower_pointwise);
  rules.add("PRelu", lower_prelu);
  rules.add("Relu", [](Lowering& at) { lower_as(at, {ActivationKind::Relu, 0, 0, {}}); });
  rules.add("Clip", [](Lowering& at) {
    const auto* clip = at.layer().as<graph::Clip>();
    lower_as(at, {ActivationKind::Clip, clip->low, clip->high, {}});
  });
}

}  // namespace phasecore::mapping
