// Clamps, and one after another as one.
#pragma once

namespace phasecore::mapping {

enum class ActivationKind { None, Relu, Clip };
struct Activation {
  ActivationKind kind = ActivationKind::None;
  float low = 0, high = 0;  ///< Clip
};

/// One clamp after another as one clamp.
Activation combine(const Activation& first, const Activation& second);

}  // namespace phasecore::mapping
