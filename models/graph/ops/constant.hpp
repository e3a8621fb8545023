// Values that are the same for every sample.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

class Constant final : public OperatorOf<Constant> {
 public:
  Constant() = default;
  explicit Constant(Tensor tensor) : values(std::move(tensor)) {}

  Tensor values;

  std::string name() const override { return "Constant"; }
  int arity() const override { return 0; }
  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;

 private:
  std::vector<NamedTensor<Tensor>> own_tensors() override;
};

}  // namespace phasecore::graph
