// Pools with a sliding window.
#pragma once

#include "models/graph/operator.hpp"
#include "models/graph/window.hpp"

namespace phasecore::graph {

class Pool : public Operator {
 public:
  Window window;

  void check(Findings& findings) const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
};

class MaxPool final : public OperatorOf<MaxPool, Pool> {
 public:
  std::string name() const override { return "MaxPool"; }
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

class AveragePool final : public OperatorOf<AveragePool, Pool> {
 public:
  std::string name() const override { return "AveragePool"; }
  void check(Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
