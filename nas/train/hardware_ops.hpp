// The errors of analog hardware as torch operations.
#pragma once

#include <torch/types.h>

#include "sim/config/device.hpp"

namespace phasecore::train {

/// x through the codes -top..top of width `step`: step * clip(rint(x / step)). The gradient passes unchanged
/// inside the range and is 0 outside (straight-through estimator, Bengio et al., arXiv 1308.3432).
torch::Tensor through_codes(const torch::Tensor& x, double step, int top);

/// The same with a trained step (scalar): its gradient is that of LSQ (Esser et al., arXiv 1902.08153),
/// scaled by 1 / sqrt(values * top).
torch::Tensor through_learned_codes(const torch::Tensor& x, const torch::Tensor& step, int top);

/// Independent normal values of standard deviation `deviation`, laid out in memory like `like`.
torch::Tensor normal_like(const torch::Tensor& like, double deviation, at::Generator generator);

/// What programming makes of weights: each is a pair of devices, the one of the other sign at conductance 0;
/// g_max stands for `scale` (broadcast against weights). Returns the weights' errors times `factor`, as
/// constants.
torch::Tensor programming_errors(const config::Device& device, const torch::Tensor& weight,
                                 const torch::Tensor& scale, double factor, at::Generator generator);

/// 1 with probability 1 - share, else 0.
torch::Tensor keep_mask(const torch::Tensor& like, double share, at::Generator generator);

}  // namespace phasecore::train
