#include "models/graph/ops/global_average_pool.hpp"

#include <torch/torch.h>

#include "nas/train/operators.hpp"

namespace phasecore::train {
namespace {

torch::Tensor pool(const graph::GlobalAveragePool& /*pool*/, const LayerPass& at) {
  return at.inputs[0].mean({2, 3}, /*keepdim=*/true);
}

}  // namespace

void register_global_average_pool(Operators& operators) {
  operators.add<graph::GlobalAveragePool>(pool);
}

}  // namespace phasecore::train
