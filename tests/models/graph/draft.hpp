// Networks for tests, in few words. Weights are keyed random numbers, so every run sees the same.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/random.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/network.hpp"

namespace phasecore::test {

/// `count` numbers in [-1, 1), different for every `stream`.
inline std::vector<float> random_values(std::size_t count, std::uint32_t stream) {
  std::vector<float> values(count);
  common::RandomKey key;
  key.seed = 2026;
  key.layer = stream;
  common::fill_uniform(key, 0, 0, 0, count, values.data());
  for (float& v : values) v = 2 * v - 1;
  return values;
}

inline graph::Tensor random_tensor(const graph::Shape& shape, std::uint32_t stream) {
  return {shape, random_values(static_cast<std::size_t>(graph::volume(shape)), stream)};
}

inline graph::Batch random_batch(int samples, const graph::Shape& shape, std::uint32_t stream) {
  return {samples, shape, random_values(static_cast<std::size_t>(samples * graph::volume(shape)), stream)};
}

/// Adds layers one after the other; the last one is the output.
class Draft {
 public:
  explicit Draft(graph::Shape input) {
    graph::Layer layer;
    layer.name = "input";
    layer.shape = std::move(input);
    network_.layers.push_back(layer);
  }

  /// A layer of the last one's output (or of `inputs`); returns it for further settings.
  graph::Layer& add(graph::Op op, const std::string& name, std::vector<int> inputs = {}) {
    graph::Layer layer;
    layer.op = op;
    layer.name = name;
    layer.inputs = inputs.empty() ? std::vector<int>{last()} : std::move(inputs);
    network_.layers.push_back(layer);
    return network_.layers.back();
  }

  /// A square convolution with random weights and bias.
  graph::Layer& conv(const std::string& name, int in, int out, int kernel, int stride = 1, int pad = 0,
                     std::vector<int> inputs = {}) {
    const auto stream = static_cast<std::uint32_t>(network_.layers.size());
    graph::Layer& layer = add(graph::Op::Conv, name, std::move(inputs));
    layer.weights = random_tensor({out, in, kernel, kernel}, 100 + stream);
    layer.bias = random_tensor({out}, 200 + stream);
    graph::Window& w = layer.window;
    w.kernel_h = w.kernel_w = kernel;
    w.stride_h = w.stride_w = stride;
    w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = pad;
    return layer;
  }

  graph::Layer& gemm(const std::string& name, int in, int out) {
    const auto stream = static_cast<std::uint32_t>(network_.layers.size());
    graph::Layer& layer = add(graph::Op::Gemm, name);
    layer.weights = random_tensor({out, in}, 100 + stream);
    layer.bias = random_tensor({out}, 200 + stream);
    return layer;
  }

  graph::Layer& batch_norm(const std::string& name, int channels) {
    const auto stream = static_cast<std::uint32_t>(network_.layers.size());
    graph::Layer& layer = add(graph::Op::BatchNorm, name);
    layer.scale = random_tensor({channels}, 300 + stream);
    layer.bias = random_tensor({channels}, 400 + stream);
    layer.mean = random_tensor({channels}, 500 + stream);
    layer.variance = random_tensor({channels}, 600 + stream);
    for (float& v : layer.variance.values) v = 0.5f + v * v;
    return layer;
  }

  graph::Layer& pool(graph::Op op, const std::string& name, int kernel, int stride) {
    graph::Layer& layer = add(op, name);
    layer.window.kernel_h = layer.window.kernel_w = kernel;
    layer.window.stride_h = layer.window.stride_w = stride;
    return layer;
  }

  int last() const { return static_cast<int>(network_.layers.size()) - 1; }
  graph::Network& network() { return network_; }

  /// The network, checked; outputs default to the last layer.
  graph::Network build() const {
    graph::Network draft = network_;
    draft.name = "draft";
    if (draft.outputs.empty()) draft.outputs = {last()};
    return graph::build(std::move(draft));
  }

 private:
  graph::Network network_;
};

/// A small residual network with every layer type.
inline graph::Network all_layer_types() {
  using graph::Op;
  Draft d({2, 9, 8});
  const int stem = (d.conv("stem", 2, 6, 3, 1, 1), d.last());
  d.batch_norm("norm", 6);
  d.add(Op::Relu, "relu");
  graph::Layer& depthwise = d.conv("depthwise", 1, 6, 3, 1, 1);
  depthwise.groups = 6;
  graph::Layer& clip = d.add(Op::Clip, "clip");
  clip.clip_min = 0;
  clip.clip_max = 0.75f;
  d.add(Op::Add, "add", {stem, d.last()});
  graph::Layer& max_pool = d.pool(Op::MaxPool, "max_pool", 3, 2);
  max_pool.window.ceil_mode = true;
  graph::Layer& average_pool = d.pool(Op::AveragePool, "average_pool", 2, 1);
  average_pool.window.pad_top = 1;
  average_pool.window.count_include_pad = true;
  d.add(Op::Reshape, "reshape").shape = {3, 8, 3};
  graph::Layer& dilated = d.conv("dilated", 3, 4, 3, 2, 2);
  dilated.window.dilation_h = 2;
  dilated.bias = {};
  d.add(Op::GlobalAveragePool, "global_pool");
  d.add(Op::Flatten, "flatten");
  d.gemm("fc", 4, 5);
  d.batch_norm("fc_norm", 5);
  d.add(Op::Softmax, "softmax");
  d.network().outputs = {d.last(), d.last() - 1};
  return d.build();
}

}  // namespace phasecore::test
