// Builds a definition layer by layer. Inside models/zoo only.
#pragma once

#include <string>

#include "models/graph/network.hpp"
#include "models/zoo/definitions/zoo.hpp"

namespace phasecore::zoo {

/// How a convolution keeps its size. They differ where the stride is 2 and the size even.
enum class Padding {
  Symmetric,  ///< kernel / 2 on every side, as PyTorch definitions say
  Same,       ///< TensorFlow's: output ceil(size / stride), the odd pixel at bottom and right
};

struct Kernel {
  int h = 1, w = 1;
};

/// Each function appends a layer that reads the layer `from` and returns the new layer's index.
class Builder {
 public:
  /// `published`: what the network is built for unless `task` says otherwise.
  Builder(std::string name, const Task& published, const Task& task, Padding padding);

  int input() const { return 0; }
  int channels(int layer) const { return network_.layers[layer].shape[0]; }

  int conv(const std::string& name, int from, int out, Kernel kernel, int stride = 1, bool bias = false);
  int depthwise(const std::string& name, int from, int kernel, int stride = 1, bool bias = false);
  int batch_norm(const std::string& name, int from);
  int relu(const std::string& name, int from);
  int relu6(const std::string& name, int from);
  int add(const std::string& name, int from, int other);
  int max_pool(const std::string& name, int from, int size);  ///< stride = size
  int global_average_pool(const std::string& name, int from);
  int flatten(const std::string& name, int from);
  int gemm(const std::string& name, int from, int out, bool bias = true);

  /// Layer `name`'s batch norm "<name>.norm" and activation "<name>.relu".
  int norm_relu(const std::string& name, int from) { return relu(name + ".relu", norm(name, from)); }
  int norm_relu6(const std::string& name, int from) { return relu6(name + ".relu", norm(name, from)); }
  int norm(const std::string& name, int from) { return batch_norm(name + ".norm", from); }

  int classes() const { return classes_; }
  /// Global average pool, flatten, fully connected with bias: "pool", "flatten", "classifier".
  int classify(int from);

  /// The checked network with its last layer as output and fixed random weights.
  graph::Network build() const;

 private:
  int append(graph::Op op, const std::string& name, std::vector<int> inputs, graph::Layer layer = {});
  int convolve(const std::string& name, int from, int out, Kernel kernel, int stride, int groups, bool bias);

  graph::Network network_;
  int classes_;
  Padding padding_;
};

}  // namespace phasecore::zoo
