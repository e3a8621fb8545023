#include "models/graph/ops/pool.hpp"

#include <torch/torch.h>

#include <limits>

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

std::optional<std::string> why_not(const graph::AveragePool& pool) {
  if (pool.window.count_include_pad || is_symmetric(pool.window)) return std::nullopt;
  return "its padding is unequal and does not count";
}

Tensor average_pool(const graph::AveragePool& pool, const LayerPass& at) {
  const graph::Window& w = pool.window;
  return torch::avg_pool2d(padded(at.inputs[0], w, 0), Sizes{w.kernel_h, w.kernel_w},
                           Sizes{w.stride_h, w.stride_w}, remaining_padding(w), w.ceil_mode,
                           w.count_include_pad);
}

}  // namespace

void register_pool(Operators& operators) {
  operators.add<graph::MaxPool>(max_pool);
  operators.add<graph::AveragePool>(average_pool);
  operators.refuse_if<graph::AveragePool>(why_not);
}

}  // namespace phasecore::train
