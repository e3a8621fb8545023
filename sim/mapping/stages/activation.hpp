// Clamps and other functions of single values, and one after another as one.
#pragma once

#include <functional>
#include <vector>

namespace phasecore::mapping {

struct DigitalDemand;

/// What computing a function of one value takes.
enum class FunctionCost {
  None,       ///< a clamp: part of finishing an output
  Piecewise,  ///< a few straight lines, or one product
  Curve,      ///< a table with lines between its entries
};

/// A function of single values; what it delivers is rounded to FP16.
struct Function {
  std::function<float(float x, int channel)> of;
  FunctionCost cost = FunctionCost::Curve;
  bool per_channel = false;  ///< else every channel has the same
};

enum class ActivationKind { None, Relu, Clip };
struct Activation {
  ActivationKind kind = ActivationKind::None;
  float low = 0, high = 0;          ///< Clip
  std::vector<Function> functions;  ///< behind the clamp, one after the other
};

/// Is each channel's its own?
bool is_per_channel(const Activation& activation);

/// One activation after another as one. Clamps side by side become one clamp.
Activation combine(const Activation& first, const Activation& second);

/// Adds what `values` values ask of the digital unit.
void add_demand(const Activation& activation, double values, DigitalDemand& demand);

}  // namespace phasecore::mapping
