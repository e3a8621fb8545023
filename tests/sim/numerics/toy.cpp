#include "tests/sim/numerics/toy.hpp"

#include <algorithm>
#include <cmath>

#include "common/random.hpp"
#include "models/graph/infer.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/pool.hpp"

namespace phasecore::test {
namespace {

common::RandomKey key_of(const std::string& name, std::uint64_t seed) {
  common::RandomKey key;
  key.seed = seed;
  key.layer = common::stable_hash(name);
  return key;
}

void randomise(const std::string& name, graph::Mvm& mvm) {
  const int outputs = mvm.outputs();
  const int fan_in = static_cast<int>(graph::volume(mvm.weights.shape)) / outputs;
  std::vector<float>& w = mvm.weights.values;
  w.resize(static_cast<std::size_t>(outputs) * fan_in);
  common::fill_normal(key_of(name, 1), 0, 0, 0, w.size(), w.data());
  for (float& v : w) v *= std::sqrt(2.0f / static_cast<float>(fan_in));
  mvm.bias.shape = {outputs};
  mvm.bias.values.resize(outputs);
  common::fill_normal(key_of(name, 2), 0, 0, 0, outputs, mvm.bias.values.data());
  for (float& v : mvm.bias.values) v *= 0.1f;
}

}  // namespace

NetworkBuilder::NetworkBuilder(std::string name, graph::Shape input) {
  network_.name = std::move(name);
  add(graph::Layer("image", graph::Input(std::move(input)), {}));
}

int NetworkBuilder::add(graph::Layer layer) {
  network_.layers.push_back(std::move(layer));
  // Shapes are inferred by build(), which wants every layer read or delivered.
  graph::Network so_far = network_;
  const auto readers = so_far.consumers();
  for (int i = 0; i < static_cast<int>(readers.size()); ++i)
    if (readers[i].empty()) so_far.outputs.push_back(i);
  shapes_.push_back(graph::build(so_far).layers.back().shape);
  return static_cast<int>(network_.layers.size()) - 1;
}

int NetworkBuilder::conv(const std::string& name, int input, int outputs, int kernel, int stride,
                         int groups) {
  graph::Window w = graph::square_window(kernel, stride);
  w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = kernel / 2;
  return conv(name, input, outputs, w, groups);
}

int NetworkBuilder::conv(const std::string& name, int input, int outputs, const graph::Window& window,
                         int groups) {
  graph::Conv conv;
  conv.groups = groups;
  conv.window = window;
  conv.weights.shape = {outputs, shapes_[input][0] / groups, window.kernel_h, window.kernel_w};
  randomise(name, conv);
  return add(graph::Layer(name, std::move(conv), {input}));
}

int NetworkBuilder::gemm(const std::string& name, int input, int outputs) {
  graph::Gemm gemm;
  gemm.weights.shape = {outputs, shapes_[input].back()};
  randomise(name, gemm);
  return add(graph::Layer(name, std::move(gemm), {input}));
}

int NetworkBuilder::max_pool(const std::string& name, int input, int kernel, int stride) {
  graph::MaxPool pool;
  pool.window = graph::square_window(kernel, stride);
  return add(graph::Layer(name, std::move(pool), {input}));
}

graph::Network NetworkBuilder::build(int output) {
  network_.outputs = {output};
  return graph::build(network_);
}

graph::Network toy_network() {
  NetworkBuilder b("toy", {2, 12, 12});
  const int stem = b.op<graph::Relu>("stem.relu", {b.conv("stem", 0, 12, 3)});
  const int first = b.op<graph::Relu>("block.relu1", {b.conv("block.conv1", stem, 12, 3)});
  const int sum = b.op<graph::Add>("block.add", {b.conv("block.conv2", first, 12, 3), stem});
  const int block = b.op<graph::Relu>("block.relu2", {sum});
  const int pooled = b.max_pool("pool", block, 2, 2);
  const int spread = b.op<graph::Relu>("depthwise.relu", {b.conv("depthwise", pooled, 12, 3, 1, 12)});
  const int shortcut = b.conv("shortcut", pooled, 16, 1, 2);
  const int down = b.op<graph::Add>("down.add", {b.conv("down", spread, 16, 3, 2), shortcut});
  const int flat = b.op<graph::Flatten>("flatten", {b.op<graph::Relu>("down.relu", {down})});
  return b.build(b.gemm("classifier", flat, 10));
}

data::Dataset toy_data(const graph::Network& network, int images, std::uint64_t seed) {
  const graph::Shape& shape = network.input().shape;
  const int volume = static_cast<int>(graph::volume(shape)), width = shape.back();
  data::Dataset data;
  data.name = "toy";
  data.shape = shape;
  data.classes = 10;
  for (std::uint64_t candidate = 0; data.size() < images; ++candidate) {
    std::vector<float> image(volume);
    common::fill_normal(key_of("image", seed), candidate, 0, 0, volume, image.data());
    for (int i = 1; i < volume; ++i) image[i] = 0.6f * image[i] + 0.5f * image[i % width == 0 ? i : i - 1];
    const std::vector<float> logits = graph::infer(network, {1, shape, image}).front().values;
    std::vector<float> sorted = logits;
    std::sort(sorted.rbegin(), sorted.rend());
    if (sorted[0] - sorted[1] < 0.1f * std::fabs(sorted[0])) continue;
    data.images.insert(data.images.end(), image.begin(), image.end());
    const auto largest = std::max_element(logits.begin(), logits.end());
    data.labels.push_back(static_cast<int>(largest - logits.begin()));
  }
  return data;
}

config::Chip toy_chip(int side) {
  config::Chip chip = config::load_chip("hermes-mesh", {"mapping.objective=one-to-one"});
  chip.grid.columns = chip.grid.rows = 10;
  chip.crossbar.rows = chip.crossbar.columns = side;
  return chip;
}

void idealise(config::Chip& chip) {
  chip.adc.use("linear");  // an oscillator counts what it counts in a pulse, whatever its bits
  chip.adc.bits = 20;
  chip.adc.saturation_ua = 10000;
  chip.adc.output_noise = 0;
  chip.numbers.conductance_levels = 32000;
}

config::Device perfect_device() {
  config::Device device = config::load_device("hermes-2");
  device.programming_sigma_us = {0.0};
  device.drift_mean = device.drift_sigma = {{1e9, 0, {0.0}, 0, 0}};
  device.read_noise = {};
  device.read_noise.pieces = {{1e9, 0, {0.0}, 0, 0}};
  return device;
}

}  // namespace phasecore::test
