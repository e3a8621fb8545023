#include "models/graph/ops/input.hpp"

namespace phasecore::graph {

void Input::check(Findings& findings) const {
  check_given_shape(given, findings);
}

Shape Input::infer_shape(const std::vector<Source>& /*sources*/, Findings& /*findings*/) const {
  return given;
}

void Input::run(const std::vector<Sample>& /*inputs*/, const Shape& /*shape*/, float* /*out*/,
                Scratch& /*scratch*/) const {
  throw common::InternalError("graph: an input does not run");
}

}  // namespace phasecore::graph
