#include "models/graph/ops/reshape.hpp"

#include <torch/torch.h>

#include "nas/train/operators.hpp"

namespace phasecore::train {
namespace {

using torch::Tensor;

Tensor flatten(const graph::Flatten& /*flatten*/, const LayerPass& at) {
  return at.inputs[0].contiguous().flatten(1);
}

Tensor reshape(const graph::Reshape& reshape, const LayerPass& at) {
  std::vector<std::int64_t> sizes{at.inputs[0].size(0)};
  sizes.insert(sizes.end(), reshape.target.begin(), reshape.target.end());
  return at.inputs[0].contiguous().view(sizes);
}

}  // namespace

void register_reshape(Operators& operators) {
  operators.add<graph::Flatten>(flatten);
  operators.add<graph::Reshape>(reshape);
}

}  // namespace phasecore::train
