// Padding as torch has it: the same on both sides. Inside nas/train only.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "models/graph/window.hpp"

namespace phasecore::train {

/// Is the padding one that torch's operations do themselves?
bool is_symmetric(const graph::Window& window);

/// x with `fill` around it where the padding is not symmetric.
torch::Tensor padded(const torch::Tensor& x, const graph::Window& window, double fill);

/// Padding that padded() has left to the operation itself.
std::vector<std::int64_t> remaining_padding(const graph::Window& window);

}  // namespace phasecore::train
