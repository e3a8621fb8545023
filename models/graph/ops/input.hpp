// The network's input.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

class Input final : public OperatorOf<Input> {
 public:
  Input() = default;
  explicit Input(Shape shape) : given(std::move(shape)) {}

  Shape given;  ///< of one sample

  std::string name() const override { return "Input"; }
  int arity() const override { return 0; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
