// The same values in another shape: Flatten and Reshape.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// Base of what passes its values on, in their order.
class Reshaping : public Operator {
 public:
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

/// To a vector.
class Flatten final : public OperatorOf<Flatten, Reshaping> {
 public:
  std::string name() const override { return "Flatten"; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
};

class Reshape final : public OperatorOf<Reshape, Reshaping> {
 public:
  Reshape() = default;
  explicit Reshape(Shape shape) : target(std::move(shape)) {}

  Shape target;  ///< of one sample

  std::string name() const override { return "Reshape"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
};

}  // namespace phasecore::graph
