// The MLPerf-Tiny ResNet-8 shape (Banbury et al., arXiv 2106.07597) as a torch computation, with the errors
// of analog hardware as options of each pass.
#pragma once

#include <torch/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/train/forward.hpp"

namespace phasecore::train {

/// One convolution with its batch norm. `name` is also the layer's name in the exported network.
struct Unit {
  std::string name;
  int stride = 1;
  torch::Tensor weight;          ///< {C_out, C_in, k, k}
  torch::Tensor scale, offset;   ///< {C_out}, trained
  torch::Tensor mean, variance;  ///< {C_out}, running statistics
};

class ResNet8 {
 public:
  static constexpr double batch_norm_epsilon = 1e-5;

  /// Random weights (He et al. 2015, fan out) from `generator`.
  ResNet8(int in_channels, const std::vector<int>& channels, int classes, at::Generator generator);

  /// images {N, C, H, W} -> logits {N, classes}.
  torch::Tensor forward(const torch::Tensor& images, const Pass& pass);

  /// Everything that is trained, and all that defines the network (trained and running statistics), in fixed
  /// order.
  std::vector<torch::Tensor> trainable() const;
  std::vector<std::pair<std::string, torch::Tensor>> state() const;
  /// The weights that sit in crossbars: convolutions and classifier.
  std::vector<torch::Tensor> crossbar_weights() const;

  const std::vector<Unit>& units() const { return units_; }
  Unit& unit(const std::string& name);
  const torch::Tensor& classifier_weight() const { return classifier_weight_; }
  const torch::Tensor& classifier_bias() const { return classifier_bias_; }

  static constexpr int blocks = 3;
  bool has_shortcut(int block) const;

 private:
  torch::Tensor convolve(const std::string& unit_name, const torch::Tensor& input, const std::string& feeds,
                         const Pass& pass);

  std::vector<Unit> units_;
  torch::Tensor classifier_weight_;
  torch::Tensor classifier_bias_;
};

}  // namespace phasecore::train
