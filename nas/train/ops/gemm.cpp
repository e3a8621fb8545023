#include "models/graph/ops/gemm.hpp"

#include <torch/torch.h>

#include "nas/train/mvm.hpp"
#include "nas/train/operators.hpp"

namespace phasecore::train {
namespace {

using torch::Tensor;

Tensor gemm(const graph::Gemm& /*gemm*/, const LayerPass& at) {
  return mvm(at, 1, [](const Tensor& weight, const Tensor& x, const Tensor& bias) {
    return torch::linear(x, weight, bias);
  });
}

}  // namespace

void register_gemm(Operators& operators) {
  operators.add<graph::Gemm>(gemm);
}

}  // namespace phasecore::train
