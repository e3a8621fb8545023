#include "nas/train/optimizer.hpp"

#include <torch/torch.h>

#include <cmath>

namespace phasecore::train {

using torch::Tensor;

namespace {

// Kingma and Ba, arXiv 1412.6980.
constexpr double second_decay = 0.999;
constexpr double adam_epsilon = 1e-8;

}  // namespace

double learning_rate(double epochs_done, double highest, int warmup_epochs, int epochs) {
  if (epochs_done < warmup_epochs) return highest * epochs_done / warmup_epochs;
  const double rest = (epochs_done - warmup_epochs) / (epochs - warmup_epochs);
  return highest * 0.5 * (1 + std::cos(M_PI * rest));
}

Optimizer::Optimizer(OptimizerKind kind, double momentum, double weight_decay, std::vector<Tensor> parameters,
                     std::size_t decayed)
    : kind_(kind),
      momentum_(momentum),
      weight_decay_(weight_decay),
      parameters_(std::move(parameters)),
      decayed_(decayed) {
  for (const Tensor& p : parameters_) {
    first_.push_back(torch::zeros_like(p));
    if (kind_ == OptimizerKind::Adam) second_.push_back(torch::zeros_like(p));
  }
}

void Optimizer::step(double learning_rate, long long taken) {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor gradient = parameters_[i].grad();
    if (!gradient.defined()) continue;  // nothing in this batch depends on it
    if (kind_ == OptimizerKind::Sgd)
      sgd(i, gradient, learning_rate);
    else
      adam(i, gradient, learning_rate, taken);
    parameters_[i].mutable_grad().reset();
  }
}

/// Nesterov momentum and L2 decay, as torch.optim.SGD computes them.
void Optimizer::sgd(std::size_t i, const Tensor& gradient, double learning_rate) {
  if (i < decayed_) gradient.add_(parameters_[i], weight_decay_);
  first_[i].mul_(momentum_).add_(gradient);
  parameters_[i].add_(gradient.add_(first_[i], momentum_), -learning_rate);
}

/// With decoupled decay (Loshchilov and Hutter, arXiv 1711.05101), as torch.optim.AdamW computes it.
void Optimizer::adam(std::size_t i, const Tensor& gradient, double learning_rate, long long taken) {
  const auto steps = static_cast<double>(taken + 1);
  if (i < decayed_) parameters_[i].mul_(1 - learning_rate * weight_decay_);
  first_[i].mul_(momentum_).add_(gradient, 1 - momentum_);
  second_[i].mul_(second_decay).addcmul_(gradient, gradient, 1 - second_decay);
  const double unbiased_first = 1 - std::pow(momentum_, steps);
  const double unbiased_second = 1 - std::pow(second_decay, steps);
  const Tensor size = (second_[i] / unbiased_second).sqrt_().add_(adam_epsilon);
  parameters_[i].addcdiv_(first_[i], size, -learning_rate / unbiased_first);
}

std::vector<std::pair<std::string, Tensor>> Optimizer::state() const {
  std::vector<std::pair<std::string, Tensor>> all;
  for (std::size_t i = 0; i < first_.size(); ++i)
    all.emplace_back("momentum." + std::to_string(i), first_[i]);
  for (std::size_t i = 0; i < second_.size(); ++i)
    all.emplace_back("second_moment." + std::to_string(i), second_[i]);
  return all;
}

}  // namespace phasecore::train
