#include "models/spaces/drafting.hpp"

#include <cmath>

#include "common/random.hpp"

namespace phasecore::spaces {

using graph::Op;

Drafting::Drafting(const std::string& name, const graph::Shape& input, std::uint64_t seed) : seed_(seed) {
  network_.name = name;
  append("input", Op::Input, {});
  network_.layers.back().shape = input;
}

int Drafting::append(const std::string& name, Op op, std::vector<int> inputs) {
  graph::Layer layer;
  layer.name = name;
  layer.op = op;
  layer.inputs = std::move(inputs);
  network_.layers.push_back(std::move(layer));
  return static_cast<int>(network_.layers.size()) - 1;
}

graph::Tensor Drafting::he_normal(const std::string& name, const graph::Shape& shape) const {
  graph::Tensor tensor{shape, {}};
  const auto count = static_cast<std::size_t>(graph::volume(shape));
  const std::size_t fan_in = count / shape[0];
  tensor.values.resize(count);
  common::RandomKey key;
  key.seed = seed_;
  key.purpose = common::Purpose::RandomWeights;
  key.layer = common::stable_hash(name);
  const float spread = std::sqrt(2.0f / static_cast<float>(fan_in));
  for (int row = 0; row < shape[0]; ++row)
    common::fill_normal(key, 0, static_cast<std::uint32_t>(row), 0, fan_in, &tensor.values[row * fan_in]);
  for (float& value : tensor.values) value *= spread;
  return tensor;
}

int Drafting::conv(const std::string& name, int from, int in, int out, int kernel, int stride) {
  const int layer = append(name, Op::Conv, {from});
  graph::Layer& conv = network_.layers.back();
  graph::Window& w = conv.window;
  w.kernel_h = w.kernel_w = kernel;
  w.stride_h = w.stride_w = stride;
  w.pad_top = w.pad_left = (kernel - 1) / 2;
  w.pad_bottom = w.pad_right = kernel / 2;
  conv.weights = he_normal(name, {out, in, kernel, kernel});
  return layer;
}

int Drafting::gemm(const std::string& name, int from, int in, int out) {
  const int layer = append(name, Op::Gemm, {from});
  graph::Layer& gemm = network_.layers.back();
  gemm.weights = he_normal(name, {out, in});
  gemm.bias = {{out}, std::vector<float>(out, 0.0f)};
  return layer;
}

int Drafting::batch_norm(const std::string& name, int from, int channels, float scale) {
  const int layer = append(name, Op::BatchNorm, {from});
  graph::Layer& norm = network_.layers.back();
  norm.scale = {{channels}, std::vector<float>(channels, scale)};
  norm.bias = norm.mean = {{channels}, std::vector<float>(channels, 0.0f)};
  norm.variance = {{channels}, std::vector<float>(channels, 1.0f)};
  return layer;
}

int Drafting::relu(const std::string& name, int from) {
  return append(name, Op::Relu, {from});
}

int Drafting::add(const std::string& name, int a, int b) {
  return append(name, Op::Add, {a, b});
}

int Drafting::average_pool(const std::string& name, int from, int kernel, int stride, int pad) {
  const int layer = append(name, Op::AveragePool, {from});
  graph::Window& w = network_.layers.back().window;
  w.kernel_h = w.kernel_w = kernel;
  w.stride_h = w.stride_w = stride;
  w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = pad;
  return layer;
}

void Drafting::exit(int from, int channels, int classes, const std::string& suffix) {
  const int pool = append("pool" + suffix, Op::GlobalAveragePool, {from});
  const int flat = append("flatten" + suffix, Op::Flatten, {pool});
  network_.outputs.push_back(gemm("classifier" + suffix, flat, channels, classes));
}

graph::Network Drafting::finish() {
  return std::move(network_);
}

}  // namespace phasecore::spaces
