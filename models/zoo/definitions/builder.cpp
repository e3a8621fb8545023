#include "models/zoo/definitions/builder.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "models/graph/init.hpp"

namespace phasecore::zoo {
namespace {

/// Padding before and after `size` pixels.
std::pair<int, int> pads(Padding padding, int size, int kernel, int stride) {
  if (padding == Padding::Symmetric) return {kernel / 2, kernel / 2};
  const int out = (size + stride - 1) / stride;
  const int all = std::max(0, (out - 1) * stride + kernel - size);
  return {all / 2, all - all / 2};
}

}  // namespace

Builder::Builder(std::string name, const Task& published, const Task& task, Padding padding)
    : graph::Builder(name, task.input.empty() ? published.input : task.input),
      name_(std::move(name)),
      classes_(task.classes > 0 ? task.classes : published.classes),
      padding_(padding) {}

graph::Window Builder::window(int from, Kernel kernel, int stride) const {
  const graph::Shape& in = shape(from);
  graph::Window w;
  w.kernel_h = kernel.h;
  w.kernel_w = kernel.w;
  w.stride_h = w.stride_w = stride;
  std::tie(w.pad_top, w.pad_bottom) = pads(padding_, in[1], kernel.h, stride);
  std::tie(w.pad_left, w.pad_right) = pads(padding_, in[2], kernel.w, stride);
  return w;
}

int Builder::conv(const std::string& name, int from, int out, Kernel kernel, int stride, bool bias) {
  return graph::Builder::conv(name, from, out, window(from, kernel, stride), 1, bias);
}

int Builder::depthwise(const std::string& name, int from, int kernel, int stride, bool bias) {
  const int width = channels(from);
  return graph::Builder::conv(name, from, width, window(from, {kernel, kernel}, stride), width, bias);
}

int Builder::max_pool(const std::string& name, int from, int size) {
  return graph::Builder::max_pool(name, from, graph::square_window(size, size));
}

int Builder::average_pool(const std::string& name, int from, int size) {
  return graph::Builder::average_pool(name, from, graph::square_window(size, size));
}

int Builder::overlapping_max_pool(const std::string& name, int from) {
  return graph::Builder::max_pool(name, from, graph::centred_window(3, 2));
}

const graph::Shape& Builder::sequence(int layer) const {
  const graph::Shape& in = shape(layer);
  if (in.size() != 2)
    throw common::InputError("network '" + name_ + "' takes a sequence (steps x values), not " +
                             graph::to_string(in));
  return in;
}

graph::Network Builder::build() {
  graph::Network network = finish();
  network.outputs = {static_cast<int>(network.layers.size()) - 1};
  return graph::build(graph::with_random_weights(std::move(network), 0));
}

}  // namespace phasecore::zoo
