#include "models/zoo/definitions/builder.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "models/graph/check.hpp"
#include "models/zoo/definitions/zoo.hpp"

namespace phasecore::zoo {
namespace {

graph::Tensor filled(graph::Shape shape, float value) {
  const auto count = static_cast<std::size_t>(graph::volume(shape));
  return {std::move(shape), std::vector<float>(count, value)};
}

/// Padding before and after `size` pixels.
std::pair<int, int> pads(Padding padding, int size, int kernel, int stride) {
  if (padding == Padding::Symmetric) return {kernel / 2, kernel / 2};
  const int out = (size + stride - 1) / stride;
  const int all = std::max(0, (out - 1) * stride + kernel - size);
  return {all / 2, all - all / 2};
}

}  // namespace

Builder::Builder(std::string name, const Task& published, const Task& task, Padding padding)
    : classes_(task.classes > 0 ? task.classes : published.classes), padding_(padding) {
  network_.name = std::move(name);
  graph::Layer layer;
  layer.shape = task.input.empty() ? published.input : task.input;
  append(graph::Op::Input, "input", {}, std::move(layer));
}

int Builder::append(graph::Op op, const std::string& name, std::vector<int> inputs, graph::Layer layer) {
  layer.op = op;
  layer.name = name;
  layer.inputs = std::move(inputs);
  common::Diagnostics problems;
  const bool sound = graph::check_layer(network_.layers, layer, problems);
  if (!sound)
    throw common::InputError(
        "network '" + network_.name + "' cannot be built for images of " +
        graph::to_string(network_.layers.empty() ? layer.shape : network_.input().shape) + ": layer '" +
        name + "' does not fit");
  network_.layers.push_back(std::move(layer));
  return static_cast<int>(network_.layers.size()) - 1;
}

int Builder::convolve(const std::string& name, int from, int out, Kernel kernel, int stride, int groups,
                      bool bias) {
  const graph::Shape& in = network_.layers[from].shape;
  graph::Layer layer;
  layer.groups = groups;
  layer.weights = filled({out, in[0] / groups, kernel.h, kernel.w}, 0.0f);
  if (bias) layer.bias = filled({out}, 0.0f);
  graph::Window& w = layer.window;
  w.kernel_h = kernel.h;
  w.kernel_w = kernel.w;
  w.stride_h = w.stride_w = stride;
  std::tie(w.pad_top, w.pad_bottom) = pads(padding_, in[1], kernel.h, stride);
  std::tie(w.pad_left, w.pad_right) = pads(padding_, in[2], kernel.w, stride);
  return append(graph::Op::Conv, name, {from}, std::move(layer));
}

int Builder::conv(const std::string& name, int from, int out, Kernel kernel, int stride, bool bias) {
  return convolve(name, from, out, kernel, stride, 1, bias);
}

int Builder::depthwise(const std::string& name, int from, int kernel, int stride, bool bias) {
  return convolve(name, from, channels(from), {kernel, kernel}, stride, channels(from), bias);
}

int Builder::batch_norm(const std::string& name, int from) {
  const graph::Shape shape{channels(from)};
  graph::Layer layer;
  layer.scale = layer.variance = filled(shape, 1.0f);
  layer.bias = layer.mean = filled(shape, 0.0f);
  return append(graph::Op::BatchNorm, name, {from}, std::move(layer));
}

int Builder::relu(const std::string& name, int from) {
  return append(graph::Op::Relu, name, {from});
}

int Builder::relu6(const std::string& name, int from) {
  graph::Layer layer;
  layer.clip_min = 0;
  layer.clip_max = 6;
  return append(graph::Op::Clip, name, {from}, std::move(layer));
}

int Builder::add(const std::string& name, int from, int other) {
  return append(graph::Op::Add, name, {from, other});
}

int Builder::max_pool(const std::string& name, int from, int size) {
  graph::Layer layer;
  layer.window.kernel_h = layer.window.kernel_w = layer.window.stride_h = layer.window.stride_w = size;
  return append(graph::Op::MaxPool, name, {from}, std::move(layer));
}

int Builder::global_average_pool(const std::string& name, int from) {
  return append(graph::Op::GlobalAveragePool, name, {from});
}

int Builder::flatten(const std::string& name, int from) {
  return append(graph::Op::Flatten, name, {from});
}

int Builder::gemm(const std::string& name, int from, int out, bool bias) {
  graph::Layer layer;
  layer.weights = filled({out, channels(from)}, 0.0f);
  if (bias) layer.bias = filled({out}, 0.0f);
  return append(graph::Op::Gemm, name, {from}, std::move(layer));
}

int Builder::classify(int from) {
  return gemm("classifier", flatten("flatten", global_average_pool("pool", from)), classes_);
}

graph::Network Builder::build() const {
  graph::Network draft = network_;
  draft.outputs = {static_cast<int>(draft.layers.size()) - 1};
  return graph::build(with_random_weights(std::move(draft), 0));
}

}  // namespace phasecore::zoo
