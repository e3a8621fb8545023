// Batch norm and what follows it in a training pass, with as few passes over memory as there can be: on
// narrow networks torch spends as long here as in the convolutions. Inside nas/train only.
#pragma once

#include <torch/types.h>

#include <limits>

namespace phasecore::train {

/// An activation that limits values: a ReLU, a clip, or none.
struct Limits {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  bool none() const { return low == Limits{}.low && high == Limits{}.high; }
};

/// What values are normalised with, by channel.
struct NormMoments {
  torch::Tensor mean, inverse_deviation;
};

/// What a batch norm saw, by channel: the mean, and the variance as that of the whole (divided by the number
/// of values).
struct BatchMoments {
  torch::Tensor mean, variance;
  NormMoments to_normalise(double epsilon) const;
};

/// x is {N, C, H, W}, channels last, or {N, C}.
BatchMoments batch_moments(const torch::Tensor& x);

/// ((x - shown.mean) * shown.inverse_deviation * scale + offset) within the limits. The gradient is that of a
/// batch norm that normalises with `own`, the moments of x itself: where `shown` differs, this is batch
/// renormalisation (Ioffe, arXiv 1702.03275).
torch::Tensor normalised(const torch::Tensor& x, const torch::Tensor& scale, const torch::Tensor& offset,
                         const NormMoments& own, const NormMoments& shown, Limits limits);

/// x + y within the limits. Both have the same sizes.
torch::Tensor limited_sum(const torch::Tensor& x, const torch::Tensor& y, Limits limits);

}  // namespace phasecore::train
