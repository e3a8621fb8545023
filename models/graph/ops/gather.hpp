// Parts of a tensor by their index: an embedding, for one.
#pragma once

#include "models/graph/operator.hpp"

namespace phasecore::graph {

/// Reads the data and the indices (whole numbers as floats, from the end if negative). In the output the
/// dimension `axis` of the data is replaced by those of the indices. An index that does not exist is taken as
/// the nearest one.
class Gather final : public OperatorOf<Gather> {
 public:
  Gather() = default;
  Gather(int along, bool one) : axis(along), one_index(one) {}

  int axis = 0;
  bool one_index = false;  ///< the indices are one number: the dimension disappears

  std::string name() const override { return "Gather"; }
  int arity() const override { return 2; }
  Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const override;
  void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
           Scratch& scratch) const override;
};

}  // namespace phasecore::graph
