// Values around a tensor, or less of it.
#pragma once

#include "models/graph/moving.hpp"

namespace phasecore::graph {

class Pad final : public OperatorOf<Pad, Moving> {
 public:
  enum class Mode { Constant, Reflect, Edge };

  Mode mode = Mode::Constant;
  float value = 0;                 ///< of a constant padding
  std::vector<int> before, after;  ///< along each dimension; negative: so many are cut off

  std::string name() const override { return "Pad"; }
  bool fills_with_zeros() const override { return mode != Mode::Constant || value == 0; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
