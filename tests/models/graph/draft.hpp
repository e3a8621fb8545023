// Networks for tests, in few words. Weights are keyed random numbers, so every run sees the same.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/random.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/network.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/add.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/global_average_pool.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/pool.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/ops/softmax.hpp"

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
    network_.layers.emplace_back("input", graph::Input(std::move(input)), std::vector<int>{});
  }

  /// A layer of the last one's output (or of `inputs`); returns its operator for further settings.
  template <class T>
  T& add(const std::string& name, T op = {}, std::vector<int> inputs = {}) {
    if (inputs.empty()) inputs = {last()};
    network_.layers.emplace_back(name, std::move(op), std::move(inputs));
    return *network_.layers.back().edit<T>();
  }
  template <class T>
  T& add(const std::string& name, std::vector<int> inputs) {
    return add(name, T(), std::move(inputs));
  }

  /// A square convolution with random weights and bias.
  graph::Conv& conv(const std::string& name, int in, int out, int kernel, int stride = 1, int pad = 0) {
    const auto stream = static_cast<std::uint32_t>(network_.layers.size());
    graph::Conv conv;
    conv.weights = random_tensor({out, in, kernel, kernel}, 100 + stream);
    conv.bias = random_tensor({out}, 200 + stream);
    conv.window = graph::square_window(kernel, stride);
    graph::Window& w = conv.window;
    w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = pad;
    return add(name, std::move(conv));
  }

  graph::Gemm& gemm(const std::string& name, int in, int out) {
    const auto stream = static_cast<std::uint32_t>(network_.layers.size());
    graph::Gemm gemm;
    gemm.weights = random_tensor({out, in}, 100 + stream);
    gemm.bias = random_tensor({out}, 200 + stream);
    return add(name, std::move(gemm));
  }

  graph::BatchNorm& batch_norm(const std::string& name, int channels) {
    const auto stream = static_cast<std::uint32_t>(network_.layers.size());
    graph::BatchNorm norm;
    norm.scale = random_tensor({channels}, 300 + stream);
    norm.offset = random_tensor({channels}, 400 + stream);
    norm.mean = random_tensor({channels}, 500 + stream);
    norm.variance = random_tensor({channels}, 600 + stream);
    for (float& v : norm.variance.values) v = 0.5f + v * v;
    return add(name, std::move(norm));
  }

  /// Its window.
  template <class P>
  graph::Window& pool(const std::string& name, int kernel, int stride) {
    P& pool = add<P>(name);
    pool.window = graph::square_window(kernel, stride);
    return pool.window;
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
  Draft d({2, 9, 8});
  const int stem = (d.conv("stem", 2, 6, 3, 1, 1), d.last());
  d.batch_norm("norm", 6);
  d.add<graph::Relu>("relu");
  d.conv("depthwise", 1, 6, 3, 1, 1).groups = 6;
  d.add("clip", graph::Clip(0, 0.75f));
  d.add<graph::Add>("add", {stem, d.last()});
  d.pool<graph::MaxPool>("max_pool", 3, 2).ceil_mode = true;
  graph::Window& average_pool = d.pool<graph::AveragePool>("average_pool", 2, 1);
  average_pool.pad_top = 1;
  average_pool.count_include_pad = true;
  d.add("reshape", graph::Reshape({3, 8, 3}));
  graph::Conv& dilated = d.conv("dilated", 3, 4, 3, 2, 2);
  dilated.window.dilation_h = 2;
  dilated.bias = {};
  d.add<graph::GlobalAveragePool>("global_pool");
  d.add<graph::Flatten>("flatten");
  d.gemm("fc", 4, 5);
  d.batch_norm("fc_norm", 5);
  d.add<graph::Softmax>("softmax");
  d.network().outputs = {d.last(), d.last() - 1};
  return d.build();
}

}  // namespace phasecore::test
