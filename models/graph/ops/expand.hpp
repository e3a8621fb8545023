// A tensor repeated until it has a shape.
#pragma once

#include "models/graph/moving.hpp"

namespace phasecore::graph {

class Expand final : public OperatorOf<Expand, Moving> {
 public:
  Expand() = default;
  explicit Expand(Shape shape) : target(std::move(shape)) {}

  Shape target;  ///< its dimensions of 1 leave those of the input as they are

  std::string name() const override { return "Expand"; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
