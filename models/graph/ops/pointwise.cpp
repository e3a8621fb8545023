#include "models/graph/ops/pointwise.hpp"

namespace phasecore::graph {

Shape Function::infer_shape(const std::vector<Source>& sources, Findings& /*findings*/) const {
  return *sources[0].shape;
}

}  // namespace phasecore::graph
