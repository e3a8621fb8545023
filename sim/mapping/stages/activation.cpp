#include "sim/mapping/stages/activation.hpp"

#include <algorithm>
#include <limits>

namespace phasecore::mapping {
namespace {

constexpr float kUnbounded = std::numeric_limits<float>::infinity();

float low_of(const Activation& a) {
  return a.kind == ActivationKind::None ? -kUnbounded : a.kind == ActivationKind::Relu ? 0.0f : a.low;
}
float high_of(const Activation& a) {
  return a.kind == ActivationKind::Clip ? a.high : kUnbounded;
}

}  // namespace

Activation combine(const Activation& first, const Activation& second) {
  if (first.kind == ActivationKind::None) return second;
  if (second.kind == ActivationKind::None) return first;
  const float low = std::clamp(low_of(first), low_of(second), high_of(second));
  const float high = std::clamp(high_of(first), low_of(second), high_of(second));
  if (low == 0.0f && high == kUnbounded) return {ActivationKind::Relu, 0, 0};
  return {ActivationKind::Clip, low, high};
}

}  // namespace phasecore::mapping
