#include "models/graph/ops/softmax.hpp"

#include <torch/torch.h>

#include "nas/train/operators.hpp"

namespace phasecore::train {
namespace {

torch::Tensor softmax(const graph::Softmax& softmax, const LayerPass& at) {
  return torch::softmax(at.inputs[0], softmax.axis + 1);
}

}  // namespace

void register_softmax(Operators& operators) {
  operators.add<graph::Softmax>(softmax);
}

}  // namespace phasecore::train
