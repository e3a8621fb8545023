// One value of many: sums, means, extremes along some dimensions. And places of extremes.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

class Reduce final : public OperatorOf<Reduce> {
 public:
  enum class Kind { Mean, Sum, Max, Min, Prod, L1, L2, LogSum, LogSumExp, SumSquare };

  Kind kind = Kind::Mean;
  std::vector<int> axes;  ///< ascending; those that are gone or become 1
  bool keep_dims = true;

  /// "ReduceMean".
  std::string name() const override;
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

/// The index of the largest (or smallest) value along a dimension, as a float.
class ArgExtreme final : public OperatorOf<ArgExtreme> {
 public:
  bool largest = true;
  int axis = 0;
  bool keep_dims = true;
  bool last = false;  ///< of equal values the last, else the first

  std::string name() const override { return largest ? "ArgMax" : "ArgMin"; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
