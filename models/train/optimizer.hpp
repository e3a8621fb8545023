// Steps of gradient descent, with all their state in the open so that a checkpoint can keep it.
#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

#include "models/train/settings.hpp"

namespace phasecore::train {

class Optimizer {
 public:
  /// The first `decayed` parameters decay.
  Optimizer(const Settings& settings, std::vector<torch::Tensor> parameters, std::size_t decayed);

  /// One step along the gradients, which are dropped. `taken`: steps taken before.
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
