// Codes: whole numbers for real values, as floats.
#pragma once

#include <limits>

#include "models/graph/ops/pointwise.hpp"

namespace phasecore::graph {

/// What whole numbers stand for: scale * (code - zero_point), from `lowest` to `highest`.
struct Codes {
  float scale = 1;
  float zero_point = 0;
  float lowest = -128, highest = 127;

  /// The largest |value| that a code stands for.
  double range() const {
    return scale * std::max(std::fabs(static_cast<double>(lowest) - zero_point),
                            std::fabs(static_cast<double>(highest) - zero_point));
  }
};

/// The codes of values: the nearest, halves to the even one, within what there are.
struct Quantize final : PointwiseOf<Quantize> {
  Codes codes;

  std::string name() const override { return "QuantizeLinear"; }
  void check(Findings& findings) const override;
  float of(float x) const override {
    return std::max(codes.lowest,
                    std::min(codes.highest, std::nearbyint(x / codes.scale) + codes.zero_point));
  }
};

/// The values that codes stand for.
struct Dequantize final : PointwiseOf<Dequantize> {
  Codes codes;

  std::string name() const override { return "DequantizeLinear"; }
  void check(Findings& findings) const override;
  float of(float x) const override { return (x - codes.zero_point) * codes.scale; }
};

}  // namespace phasecore::graph
