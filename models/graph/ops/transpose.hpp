// The dimensions in another order.
#pragma once

#include "models/graph/moving.hpp"

namespace phasecore::graph {

class Transpose final : public OperatorOf<Transpose, Moving> {
 public:
  Transpose() = default;
  explicit Transpose(std::vector<int> dimensions) : order(std::move(dimensions)) {}

  std::vector<int> order;  ///< for each dimension of the output the one of the input

  std::string name() const override { return "Transpose"; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
