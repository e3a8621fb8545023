// Builds a definition layer by layer. Inside models/zoo only.
#pragma once

#include <string>

#include "models/graph/builder.hpp"
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

/// The general builder with what published definitions share: their paddings, names and activations.
class Builder : private graph::Builder {
 public:
  /// `published`: what the network is built for unless `task` says otherwise.
  Builder(std::string name, const Task& published, const Task& task, Padding padding);

  using graph::Builder::add;
  using graph::Builder::append;
  using graph::Builder::batch_norm;
  using graph::Builder::channels;
  using graph::Builder::flatten;
  using graph::Builder::gemm;
  using graph::Builder::input;
  using graph::Builder::relu;
  using graph::Builder::shape;

  int conv(const std::string& name, int from, int out, Kernel kernel, int stride = 1, bool bias = false);
  /// Every square of `size` x `size` pixels by itself.
  int patches(const std::string& name, int from, int out, int size) {
    return graph::Builder::conv(name, from, out, graph::square_window(size, size), 1, true);
  }
  int depthwise(const std::string& name, int from, int kernel, int stride = 1, bool bias = false);
  int relu6(const std::string& name, int from) { return clip(name, from, 0, 6); }
  int max_pool(const std::string& name, int from, int size);      ///< stride = size
  int average_pool(const std::string& name, int from, int size);  ///< stride = size
  /// Of 3 x 3 pixels, stride 2, a pixel of padding on every side.
  int overlapping_max_pool(const std::string& name, int from);

  /// Its shape, which has to be {steps, values}.
  const graph::Shape& sequence(int layer) const;

  /// Layer `name`'s batch norm "<name>.norm" and activation "<name>.relu".
  int norm_relu(const std::string& name, int from) { return relu(name + ".relu", norm(name, from)); }
  int norm_relu6(const std::string& name, int from) { return relu6(name + ".relu", norm(name, from)); }
  int norm(const std::string& name, int from) { return batch_norm(name + ".norm", from); }

  int classes() const { return classes_; }
  /// "pool", "flatten", "classifier".
  int classify(int from) { return graph::Builder::classify(from, classes_); }

  /// The checked network with its last layer as output and fixed random weights.
  graph::Network build();

 private:
  /// The window of a convolution that keeps its size, on the input of layer `from`.
  graph::Window window(int from, Kernel kernel, int stride) const;

  std::string name_;
  int classes_;
  Padding padding_;
};

}  // namespace phasecore::zoo
