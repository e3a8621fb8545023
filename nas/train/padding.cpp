#include "nas/train/padding.hpp"

#include <torch/torch.h>

namespace phasecore::train {

using torch::Tensor;

bool is_symmetric(const graph::Window& w) {
  return w.pad_top == w.pad_bottom && w.pad_left == w.pad_right;
}

Tensor padded(const Tensor& x, const graph::Window& w, double fill) {
  if (is_symmetric(w)) return x;
  return torch::constant_pad_nd(x, {w.pad_left, w.pad_right, w.pad_top, w.pad_bottom}, fill);
}

std::vector<std::int64_t> remaining_padding(const graph::Window& w) {
  if (is_symmetric(w)) return {w.pad_top, w.pad_left};
  return {0, 0};
}

}  // namespace phasecore::train
