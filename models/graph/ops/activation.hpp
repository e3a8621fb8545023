// Functions of single values: Relu and Clip.
#pragma once

#include <limits>

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// Base of what keeps every value within limits: it may be swapped with taking a maximum, and is fused to
/// what came before it, by a chip's digital units as in training.
class Clamp : public Operator {
 public:
  /// Infinite: open.
  virtual float lowest() const = 0;
  virtual float highest() const = 0;

  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
};

class Relu final : public OperatorOf<Relu, Clamp> {
 public:
  float lowest() const override { return 0; }
  float highest() const override { return std::numeric_limits<float>::infinity(); }

  std::string name() const override { return "Relu"; }
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

class Clip final : public OperatorOf<Clip, Clamp> {
 public:
  Clip() = default;
  Clip(float minimum, float maximum) : low(minimum), high(maximum) {}

  float low = 0, high = 0;  ///< infinite: open

  float lowest() const override { return low; }
  float highest() const override { return high; }

  std::string name() const override { return "Clip"; }
  void check(Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
