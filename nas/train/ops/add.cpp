#include "models/graph/ops/add.hpp"

#include "nas/train/operators.hpp"

namespace phasecore::train {
namespace {

torch::Tensor add(const graph::Add& /*add*/, const LayerPass& at) {
  return limited_sum(at.inputs[0], at.inputs[1], at.limits);
}

}  // namespace

void register_add(Operators& operators) {
  operators.add_limiting<graph::Add>(add);
}

}  // namespace phasecore::train
