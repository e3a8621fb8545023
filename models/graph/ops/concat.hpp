// Several tensors one behind the other.
#pragma once

#include "models/graph/moving.hpp"

namespace phasecore::graph {

class Concat final : public OperatorOf<Concat, Moving> {
 public:
  Concat() = default;
  Concat(int along, int count) : axis(along), parts(count) {}

  int axis = 0;   ///< 0: channels
  int parts = 1;  ///< how many it reads

  std::string name() const override { return "Concat"; }
  int arity() const override { return parts; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
