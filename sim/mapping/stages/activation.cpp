#include "sim/mapping/stages/activation.hpp"

#include <algorithm>
#include <limits>

#include "sim/mapping/stage.hpp"

namespace phasecore::mapping {
namespace {

constexpr float kUnbounded = std::numeric_limits<float>::infinity();

float low_of(const Activation& a) {
  return a.kind == ActivationKind::None ? -kUnbounded : a.kind == ActivationKind::Relu ? 0.0f : a.low;
}
float high_of(const Activation& a) {
  return a.kind == ActivationKind::Clip ? a.high : kUnbounded;
}

Activation combine_clamps(const Activation& first, const Activation& second) {
  if (first.kind == ActivationKind::None) return {second.kind, second.low, second.high, {}};
  if (second.kind == ActivationKind::None) return {first.kind, first.low, first.high, {}};
  const float low = std::clamp(low_of(first), low_of(second), high_of(second));
  const float high = std::clamp(high_of(first), low_of(second), high_of(second));
  if (low == 0.0f && high == kUnbounded) return {ActivationKind::Relu, 0, 0, {}};
  return {ActivationKind::Clip, low, high, {}};
}

/// A clamp that stands behind a function.
Function as_function(const Activation& clamp) {
  Function function;
  function.cost = FunctionCost::None;
  function.of = [low = low_of(clamp), high = high_of(clamp)](float x, int) {
    return std::min(x > low ? x : low, high);  // NaN becomes the lower limit, as in every clamp
  };
  return function;
}

}  // namespace

bool is_per_channel(const Activation& activation) {
  return std::any_of(activation.functions.begin(), activation.functions.end(),
                     [](const Function& function) { return function.per_channel; });
}

Activation combine(const Activation& first, const Activation& second) {
  if (first.functions.empty()) {
    Activation both = combine_clamps(first, second);
    both.functions = second.functions;
    return both;
  }
  Activation both = first;
  if (second.kind != ActivationKind::None) both.functions.push_back(as_function(second));
  both.functions.insert(both.functions.end(), second.functions.begin(), second.functions.end());
  return both;
}

void add_demand(const Activation& activation, double values, DigitalDemand& demand) {
  for (const Function& function : activation.functions) {
    if (function.cost == FunctionCost::Piecewise) demand.piecewise += values;
    if (function.cost == FunctionCost::Curve) demand.curved += values;
  }
}

}  // namespace phasecore::mapping
