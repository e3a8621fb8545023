#include "nas/train/losses.hpp"

#include <torch/torch.h>

namespace phasecore::train {

using torch::Tensor;

double mixup_share(double concentration, at::Generator generator) {
  const Tensor gammas = torch::_standard_gamma(torch::full({2}, concentration, torch::kFloat64), generator);
  const double first = gammas[0].item<double>(), sum = gammas.sum().item<double>();
  return sum > 0 ? first / sum : 1;  // both underflow where the concentration is tiny
}

Tensor blended(const Tensor& x, double share) {
  return x * share + x.roll(1, 0) * (1 - share);
}

Tensor blended_cross_entropy(const Tensor& logits, const Tensor& labels, double share, double smoothing) {
  const auto options = torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(smoothing);
  const Tensor own = torch::nn::functional::cross_entropy(logits, labels, options);
  if (share == 1) return own;
  return own * share + torch::nn::functional::cross_entropy(logits, labels.roll(1, 0), options) * (1 - share);
}

Tensor distillation(const Tensor& logits, const Tensor& teacher, double temperature) {
  const Tensor student_log = torch::log_softmax(logits / temperature, 1);
  const Tensor teacher_log = torch::log_softmax(teacher / temperature, 1);
  const Tensor divergence = (teacher_log.exp() * (teacher_log - student_log)).sum(1).mean();
  return divergence * (temperature * temperature);
}

}  // namespace phasecore::train
