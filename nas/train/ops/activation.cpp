#include "models/graph/ops/activation.hpp"

#include <torch/torch.h>

#include "nas/train/operators.hpp"

namespace phasecore::train {
namespace {

torch::Tensor relu(const graph::Relu& /*relu*/, const LayerPass& at) {
  return torch::relu(at.inputs[0]);
}

torch::Tensor clip(const graph::Clip& clip, const LayerPass& at) {
  return torch::clamp(at.inputs[0], clip.low, clip.high);
}

}  // namespace

void register_activation(Operators& operators) {
  operators.add<graph::Relu>(relu);
  operators.add<graph::Clip>(clip);
}

}  // namespace phasecore::train
