#include "models/graph/ops/pool.hpp"

#include <torch/torch.h>

#include <limits>

#include "common/diagnostics.hpp"
#include "nas/train/operators.hpp"
#include "nas/train/padding.hpp"

namespace phasecore::train {
namespace {

using torch::Tensor;
using Sizes = std::vector<std::int64_t>;

Tensor max_pool(const graph::MaxPool& pool, const LayerPass& at) {
  const graph::Window& w = pool.window;
  return torch::max_pool2d(padded(at.inputs[0], w, -std::numeric_limits<float>::infinity()),
                           Sizes{w.kernel_h, w.kernel_w}, Sizes{w.stride_h, w.stride_w}, remaining_padding(w),
                           {w.dilation_h, w.dilation_w}, w.ceil_mode);
}

Tensor average_pool(const graph::AveragePool& pool, const LayerPass& at) {
  const graph::Window& w = pool.window;
  common::ensure(w.count_include_pad || is_symmetric(w),
                 "an average pool with unequal padding that does not count cannot be trained");
  return torch::avg_pool2d(padded(at.inputs[0], w, 0), Sizes{w.kernel_h, w.kernel_w},
                           Sizes{w.stride_h, w.stride_w}, remaining_padding(w), w.ceil_mode,
                           w.count_include_pad);
}

}  // namespace

void register_pool(Operators& operators) {
  operators.add<graph::MaxPool>(max_pool);
  operators.add<graph::AveragePool>(average_pool);
}

}  // namespace phasecore::train
