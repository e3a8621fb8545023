// Softmax along a dimension, and its logarithm.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

class Softmax final : public OperatorOf<Softmax> {
 public:
  Softmax() = default;
  explicit Softmax(int along) : axis(along) {}

  int axis = 0;

  std::string name() const override { return "Softmax"; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

class LogSoftmax final : public OperatorOf<LogSoftmax> {
 public:
  LogSoftmax() = default;
  explicit LogSoftmax(int along) : axis(along) {}

  int axis = 0;

  std::string name() const override { return "LogSoftmax"; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
