// Networks by code, for tests: every call adds a layer and returns its index.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "models/graph/network.hpp"
#include "models/graph/window.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::test {

/// A shipped chip that maps one matrix per core.
config::Chip one_to_one(const std::string& chip, const std::vector<std::string>& settings = {});

class Draft {
 public:
  explicit Draft(const graph::Shape& input, std::uint32_t seed = 1);

  int conv(int in, int channels, int kernel, int stride = 1, int pad = -1, int groups = 1);  ///< pad -1: same
  int conv(int in, int channels, const graph::Window& window, int groups);
  int gemm(int in, int outputs);
  int batch_norm(int in);
  int relu(int in);
  int clip(int in, float low, float high);
  int add(int a, int b);
  int max_pool(int in, int kernel, int stride, int pad = 0, bool ceil_mode = false);
  int average_pool(int in, int kernel, int stride, int pad = 0, bool ceil_mode = false);
  int global_average_pool(int in);
  int flatten(int in);
  int reshape(int in, const graph::Shape& shape);
  int softmax(int in);
  /// Along channels.
  int concat(const std::vector<int>& inputs);
  int channels(int in, int begin, int count);
  int transpose(int in, const std::vector<int>& order);
  int space_to_depth(int in, int block);
  int mul(int a, int b);

  const graph::Shape& shape(int layer) const { return network_.layers[layer].shape; }
  void rename(int layer, const std::string& name) { network_.layers[layer].name = name; }
  /// The checked network whose output is `output`.
  graph::Network build(int output, const std::string& name = "test") const;

  std::mt19937& engine() { return engine_; }
  int below(int bound) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(bound)); }

 private:
  template <class T>
  int append(T op, std::vector<int> inputs);
  graph::Tensor tensor(const graph::Shape& shape, float low, float high);
  graph::Network network_;
  std::mt19937 engine_;
};

/// A random network of at most about `layers` layers: convolutions (grouped, strided, dilated), batch norms,
/// activations in odd places, residual adds, pools of all kinds, a classifier. Small: at most 12x12 pixels.
graph::Network random_network(std::uint32_t seed, int layers);

/// Random branches that meet again: concatenations, splits, shuffles, gates, transposes between convolutions.
graph::Network random_joined_network(std::uint32_t seed, int layers);

/// The MLPerf-Tiny ResNet-8 shape: 16/32/64 channels on 1x28x28, 10 classes.
graph::Network resnet8(std::uint32_t seed = 1);
/// ResNet-32 for CIFAR-10 with 1x1 projections: 16/32/64 channels on 3x32x32.
graph::Network resnet32();
/// The nine matrices of LG's ResNet-9, one after the other: 27x56, ..., 224x10.
graph::Network resnet9_chain();

/// Random tiles and replicas for every layer in crossbars: what `layers` of the chip's file would say.
void share_out_randomly(const mapping::Mapping& mapping, std::uint32_t seed, config::Chip& chip);

}  // namespace phasecore::test
