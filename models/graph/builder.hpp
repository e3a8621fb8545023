// Writing a network down layer by layer.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/graph/network.hpp"
#include "models/graph/window.hpp"

namespace phasecore::graph {

/// Every method appends a layer that reads the layer `from` and returns the new layer's index; its shape is
/// known from then on. Weights are 0 until someone fills them (init.hpp), batch norms neutral. Throws
/// InputError for a layer that what it reads does not fit.
class Builder {
 public:
  /// The first layer is called "input".
  Builder(std::string name, Shape input);

  int input() const { return 0; }
  const Shape& shape(int layer) const { return network_.layers[layer].shape; }
  int channels(int layer) const { return shape(layer)[0]; }

  template <class T>
  int append(const std::string& name, T op, std::vector<int> inputs) {
    return append_layer(Layer(name, std::move(op), std::move(inputs)));
  }
  int conv(const std::string& name, int from, int out, const Window& window, int groups = 1,
           bool bias = false);
  int gemm(const std::string& name, int from, int out, bool bias = true);
  int batch_norm(const std::string& name, int from, float scale = 1);
  int relu(const std::string& name, int from);
  int clip(const std::string& name, int from, float low, float high);
  int add(const std::string& name, int from, int other);
  int max_pool(const std::string& name, int from, const Window& window);
  int average_pool(const std::string& name, int from, const Window& window);
  int global_average_pool(const std::string& name, int from);
  int flatten(const std::string& name, int from);
  /// Global average pool, flatten, Gemm with bias: "pool", "flatten", "classifier", each with `suffix`.
  int classify(int from, int classes, const std::string& suffix = "");

  /// The layer is an output.
  void deliver(int layer) { network_.outputs.push_back(layer); }
  /// What has been written, taken away; to be filled and checked with graph::build().
  Network finish() { return std::move(network_); }

 private:
  int append_layer(Layer layer);

  Network network_;
};

}  // namespace phasecore::graph
