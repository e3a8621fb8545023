#include "models/graph/ops/arithmetic.hpp"

namespace phasecore::graph {

Shape Arithmetic::infer_shape(const std::vector<Source>& sources, Findings& findings) const {
  return broadcast_shape(sources, findings);
}

}  // namespace phasecore::graph
