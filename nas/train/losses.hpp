// What training minimises.
#pragma once

#include <torch/types.h>

namespace phasecore::train {

/// How much of each image mixup keeps: a draw from Beta(concentration, concentration) (Zhang et al., arXiv
/// 1710.09412).
double mixup_share(double concentration, at::Generator generator);

/// share * x + (1 - share) * the next one's, around the batch. (The order of the images is random already.)
torch::Tensor blended(const torch::Tensor& x, double share);

/// Cross entropy of logits {N, classes} with labels {N} blended like their images; `smoothing` of the target
/// is spread evenly over all classes.
torch::Tensor blended_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels, double share,
                                    double smoothing);

/// temperature^2 * KL(teacher || student) of the classes' probabilities at that temperature, mean over the
/// batch (Hinton et al., arXiv 1503.02531).
torch::Tensor distillation(const torch::Tensor& logits, const torch::Tensor& teacher, double temperature);

}  // namespace phasecore::train
