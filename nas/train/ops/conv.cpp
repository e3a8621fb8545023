#include "models/graph/ops/conv.hpp"

#include <torch/torch.h>

#include "nas/train/mvm.hpp"
#include "nas/train/operators.hpp"
#include "nas/train/padding.hpp"

namespace phasecore::train {
namespace {

using torch::Tensor;

Tensor conv(const graph::Conv& conv, const LayerPass& at) {
  const graph::Window& w = conv.window;
  return mvm(at, conv.groups, [&](const Tensor& weight, const Tensor& x, const Tensor& bias) {
    return torch::conv2d(padded(x, w, 0), weight, bias, {w.stride_h, w.stride_w}, remaining_padding(w),
                         {w.dilation_h, w.dilation_w}, conv.groups);
  });
}

}  // namespace

void register_conv(Operators& operators) {
  operators.add<graph::Conv>(conv);
}

}  // namespace phasecore::train
