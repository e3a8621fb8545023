#include "models/graph/builder.hpp"

#include "models/graph/check.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/add.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/global_average_pool.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/pool.hpp"
#include "models/graph/ops/reshape.hpp"

namespace phasecore::graph {
namespace {

Tensor zeros(Shape shape) {
  const auto count = static_cast<std::size_t>(volume(shape));
  return {std::move(shape), std::vector<float>(count, 0.0f)};
}

}  // namespace

Builder::Builder(std::string name, Shape input) {
  network_.name = std::move(name);
  append("input", Input(std::move(input)), {});
}

int Builder::append_layer(Layer layer) {
  common::Diagnostics problems;
  if (!infer_shape(network_.layers, layer, problems)) {
    const auto* given = layer.as<Input>();
    throw common::InputError("network '" + network_.name + "' cannot be built for images of " +
                             to_string(given != nullptr ? given->given : shape(0)) + ": layer '" +
                             layer.name + "' does not fit");
  }
  network_.layers.push_back(std::move(layer));
  return static_cast<int>(network_.layers.size()) - 1;
}

int Builder::conv(const std::string& name, int from, int out, const Window& window, int groups, bool bias) {
  Conv conv;
  conv.window = window;
  conv.groups = groups;
  conv.weights = zeros({out, channels(from) / groups, window.kernel_h, window.kernel_w});
  if (bias) conv.bias = zeros({out});
  return append(name, std::move(conv), {from});
}

int Builder::gemm(const std::string& name, int from, int out, bool bias) {
  Gemm gemm;
  gemm.weights = zeros({out, shape(from).back()});
  if (bias) gemm.bias = zeros({out});
  return append(name, std::move(gemm), {from});
}

int Builder::batch_norm(const std::string& name, int from, float scale) {
  BatchNorm norm = neutral_batch_norm(channels(from));
  norm.scale.values.assign(norm.scale.values.size(), scale);
  return append(name, std::move(norm), {from});
}

int Builder::relu(const std::string& name, int from) {
  return append(name, Relu(), {from});
}

int Builder::clip(const std::string& name, int from, float low, float high) {
  return append(name, Clip(low, high), {from});
}

int Builder::add(const std::string& name, int from, int other) {
  return append(name, Add(), {from, other});
}

int Builder::max_pool(const std::string& name, int from, const Window& window) {
  MaxPool pool;
  pool.window = window;
  return append(name, std::move(pool), {from});
}

int Builder::average_pool(const std::string& name, int from, const Window& window) {
  AveragePool pool;
  pool.window = window;
  return append(name, std::move(pool), {from});
}

int Builder::global_average_pool(const std::string& name, int from) {
  return append(name, GlobalAveragePool(), {from});
}

int Builder::flatten(const std::string& name, int from) {
  return append(name, Flatten(), {from});
}

int Builder::classify(int from, int classes, const std::string& suffix) {
  const int pooled = global_average_pool("pool" + suffix, from);
  return gemm("classifier" + suffix, flatten("flatten" + suffix, pooled), classes);
}

}  // namespace phasecore::graph
