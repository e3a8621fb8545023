// Steps of gradient descent, with all their state in the open so that a checkpoint can keep it.
#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

#include "nas/train/settings.hpp"

namespace phasecore::train {

/// The learning rate after so many epochs: rises linearly during the warm-up, then falls to 0 along a cosine.
double learning_rate(double epochs_done, double highest, int warmup_epochs, int epochs);

class Optimizer {
 public:
  /// The first `decayed` parameters decay.
  Optimizer(OptimizerKind kind, double momentum, double weight_decay, std::vector<torch::Tensor> parameters,
            std::size_t decayed);

  /// One step along the gradients, which are dropped. `taken`: steps that this optimizer took before.
  void step(double learning_rate, long long taken);

  /// Moving averages of the gradients, in fixed order.
  std::vector<std::pair<std::string, torch::Tensor>> state() const;

 private:
  void sgd(std::size_t i, const torch::Tensor& gradient, double learning_rate);
  void adam(std::size_t i, const torch::Tensor& gradient, double learning_rate, long long taken);

  OptimizerKind kind_;
  double momentum_, weight_decay_;
  std::vector<torch::Tensor> parameters_;
  std::size_t decayed_;
  std::vector<torch::Tensor> first_, second_;  ///< second_: Adam
};

}  // namespace phasecore::train
