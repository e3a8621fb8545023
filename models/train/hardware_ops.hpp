// The errors of analog hardware as torch operations.
#pragma once

#include <torch/types.h>

namespace phasecore::train {

/// x through the codes -top..top of width `step`: step * clip(rint(x / step)). The gradient passes unchanged
/// inside the range and is 0 outside (straight-through estimator, Bengio et al., arXiv 1308.3432).
torch::Tensor through_codes(const torch::Tensor& x, double step, int top);

/// Independent normal values of standard deviation `deviation`, laid out in memory like `like`. (normal_() on
/// a channels-last tensor takes torch's scalar road: ten times slower.)
torch::Tensor normal_like(const torch::Tensor& like, double deviation, at::Generator generator);

}  // namespace phasecore::train
