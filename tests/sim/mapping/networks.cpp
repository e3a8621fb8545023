#include "tests/sim/mapping/networks.hpp"

#include "models/graph/check.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/add.hpp"
#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/concat.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/depth_to_space.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/global_average_pool.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/pool.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/ops/slice.hpp"
#include "models/graph/ops/softmax.hpp"
#include "models/graph/ops/transpose.hpp"
#include "sim/mapping/channel_parts.hpp"

namespace phasecore::test {

config::Chip one_to_one(const std::string& chip, const std::vector<std::string>& settings) {
  config::Chip loaded = config::load_chip(chip, settings);
  loaded.mapping.objective = config::Objective::OneToOne;
  return loaded;
}

Draft::Draft(const graph::Shape& input, std::uint32_t seed) : engine_(seed) {
  graph::Layer image("image", graph::Input(input), {});
  image.shape = input;
  network_.layers.push_back(std::move(image));
}

template <class T>
int Draft::append(T op, std::vector<int> inputs) {
  const std::string name = op.name() + std::to_string(network_.layers.size());
  graph::Layer layer(name, std::move(op), std::move(inputs));
  common::Diagnostics diagnostics;
  graph::check_layer(network_.layers, layer, diagnostics);
  diagnostics.raise_if_any();
  network_.layers.push_back(std::move(layer));
  return static_cast<int>(network_.layers.size()) - 1;
}

graph::Tensor Draft::tensor(const graph::Shape& shape, float low, float high) {
  graph::Tensor t;
  t.shape = shape;
  t.values.resize(graph::volume(shape));
  for (float& v : t.values) v = low + (high - low) * static_cast<float>(engine_() >> 8) / 16777216.0f;
  return t;
}

int Draft::conv(int in, int channels, int kernel, int stride, int pad, int groups) {
  graph::Window w;
  w.kernel_h = w.kernel_w = kernel;
  w.stride_h = w.stride_w = stride;
  w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = pad < 0 ? kernel / 2 : pad;
  return conv(in, channels, w, groups);
}

int Draft::conv(int in, int channels, const graph::Window& window, int groups) {
  graph::Conv conv;
  conv.window = window;
  conv.groups = groups;
  conv.weights = tensor({channels, shape(in)[0] / groups, window.kernel_h, window.kernel_w}, -0.5f, 0.5f);
  conv.bias = tensor({channels}, -0.5f, 0.5f);
  return append(std::move(conv), {in});
}

int Draft::gemm(int in, int outputs) {
  graph::Gemm gemm;
  gemm.weights = tensor({outputs, shape(in)[0]}, -0.5f, 0.5f);
  return append(std::move(gemm), {in});
}

int Draft::batch_norm(int in) {
  graph::BatchNorm norm;
  const graph::Shape channels{shape(in)[0]};
  norm.scale = tensor(channels, 0.5f, 1.5f);
  norm.offset = tensor(channels, -0.5f, 0.5f);
  norm.mean = tensor(channels, -0.5f, 0.5f);
  norm.variance = tensor(channels, 0.5f, 1.5f);
  return append(std::move(norm), {in});
}

int Draft::relu(int in) {
  return append(graph::Relu(), {in});
}

int Draft::clip(int in, float low, float high) {
  return append(graph::Clip(low, high), {in});
}

int Draft::add(int a, int b) {
  return append(graph::Add(), {a, b});
}

namespace {

template <class P>
P pool_of(int kernel, int stride, int pad, bool ceil_mode) {
  P pool;
  pool.window = graph::square_window(kernel, stride);
  pool.window.pad_top = pool.window.pad_left = pool.window.pad_bottom = pool.window.pad_right = pad;
  pool.window.ceil_mode = ceil_mode;
  return pool;
}

}  // namespace

int Draft::max_pool(int in, int kernel, int stride, int pad, bool ceil_mode) {
  return append(pool_of<graph::MaxPool>(kernel, stride, pad, ceil_mode), {in});
}

int Draft::average_pool(int in, int kernel, int stride, int pad, bool ceil_mode) {
  return append(pool_of<graph::AveragePool>(kernel, stride, pad, ceil_mode), {in});
}

int Draft::global_average_pool(int in) {
  return append(graph::GlobalAveragePool(), {in});
}

int Draft::flatten(int in) {
  return append(graph::Flatten(), {in});
}

int Draft::reshape(int in, const graph::Shape& shape) {
  return append(graph::Reshape(shape), {in});
}

int Draft::softmax(int in) {
  return append(graph::Softmax(), {in});
}

int Draft::concat(const std::vector<int>& inputs) {
  return append(graph::Concat(0, static_cast<int>(inputs.size())), inputs);
}

int Draft::channels(int in, int begin, int count) {
  graph::Slice slice = graph::whole_of(shape(in));
  slice.begins[0] = begin;
  slice.counts[0] = count;
  return append(std::move(slice), {in});
}

int Draft::transpose(int in, const std::vector<int>& order) {
  return append(graph::Transpose(order), {in});
}

int Draft::space_to_depth(int in, int block) {
  graph::SpaceToDepth op;
  op.block = block;
  return append(op, {in});
}

int Draft::mul(int a, int b) {
  return append(graph::Mul(), {a, b});
}

graph::Network Draft::build(int output, const std::string& name) const {
  graph::Network network = network_;
  network.name = name;
  network.outputs = {output};
  return graph::build(std::move(network));
}

namespace {

/// One more layer that fits what the network is so far; `kept` are layers a residual add may reach back to.
int random_layer(Draft& d, int at, std::vector<int>& kept) {
  const graph::Shape s = d.shape(at);
  const int pixels = std::min(s[1], s[2]);
  switch (d.below(13)) {
    case 0:
    case 1:
      return d.conv(at, 2 + d.below(6), 1 + 2 * d.below(2), 1, -1, 1);
    case 2:
      return pixels >= 4 ? d.conv(at, 2 + d.below(6), 1 + 2 * d.below(2), 2, -1, 1) : d.relu(at);
    case 3:
      return d.conv(at, s[0] * (1 + d.below(2)), 3, 1, 1, s[0]);  // depthwise
    case 4: {
      graph::Window w;
      w.kernel_h = 2;
      w.kernel_w = 3;
      w.pad_top = 1;
      w.pad_left = 2;
      w.pad_right = d.below(3);
      w.dilation_w = 2;
      return pixels >= 5 ? d.conv(at, s[0] % 2 == 0 ? 4 : 3, w, s[0] % 2 == 0 ? 2 : 1) : d.batch_norm(at);
    }
    case 5:
      return d.batch_norm(at);
    case 6:
    case 7:
      return d.relu(at);
    case 8:
      return d.clip(at, -0.5f, 1.5f);
    case 9: {
      const int pad = d.below(2);
      return pixels >= 4 ? d.max_pool(at, 2 + d.below(2), 1 + d.below(2), pad, d.below(2) == 1) : d.relu(at);
    }
    case 10:
      return pixels >= 4 ? d.average_pool(at, 2 + d.below(2), 2, 0, d.below(2) == 1) : d.relu(at);
    case 11:
      kept.push_back(at);
      return d.conv(at, s[0], 3);
    default:
      for (int k : kept)
        if (d.shape(k) == s && k != at) return d.below(2) == 0 ? d.add(k, at) : d.add(at, k);
      if (d.below(4) == 0) return d.add(at, at);
      return d.add(at, d.conv(at, s[0], 1));
  }
}

int residual_block(Draft& d, int in, int channels, int stride) {
  const int first = d.relu(d.batch_norm(d.conv(in, channels, 3, stride)));
  const int second = d.batch_norm(d.conv(first, channels, 3));
  const int skip = stride == 1 && d.shape(in)[0] == channels ? in : d.conv(in, channels, 1, stride, 0);
  return d.relu(d.add(second, skip));
}

}  // namespace

graph::Network random_network(std::uint32_t seed, int layers) {
  Draft d({1 + static_cast<int>(seed % 3), 6 + static_cast<int>(seed % 7), 12 - static_cast<int>(seed % 5)},
          seed);
  int at = 0;
  std::vector<int> kept;
  for (int i = 0; i < layers; ++i) at = random_layer(d, at, kept);
  if (d.below(4) == 0) at = d.global_average_pool(at);
  at = d.flatten(at);
  if (d.below(3) == 0) at = d.relu(at);
  if (d.below(3) == 0) at = d.relu(d.batch_norm(d.gemm(at, 7)));
  at = d.gemm(at, 5);
  if (d.below(3) == 0) at = d.softmax(at);
  return d.build(at, "random" + std::to_string(seed));
}

namespace {

/// One more piece that takes an image of an even number of channels and delivers one.
int random_joint(Draft& d, int at) {
  const graph::Shape s = d.shape(at);
  const int half = s[0] / 2;
  switch (d.below(7)) {
    case 0:
      return d.concat({at, d.relu(d.conv(at, 2, 3))});
    case 1:
      return d.concat({d.relu(d.conv(at, 2, 1)), at, d.conv(at, 4, 3)});
    case 2:
      return d.concat({d.channels(at, half, half), d.conv(d.channels(at, 0, half), half, 3)});
    case 3: {
      const int pairs = d.reshape(d.concat({at, d.conv(at, s[0], 1)}), {2, s[0], s[1], s[2]});
      return d.reshape(d.transpose(pairs, {1, 0, 2, 3}), {2 * s[0], s[1], s[2]});
    }
    case 4: {
      const int wide = d.relu(d.conv(at, s[0], 3));
      return d.mul(wide, d.clip(d.conv(d.global_average_pool(wide), s[0], 1), 0, 1));
    }
    case 5:
      return d.conv(d.transpose(at, {0, 2, 1}), 4, 3);
    default:
      return s[1] % 2 == 0 && s[2] % 2 == 0 && s[1] > 2 && s[2] > 2 ? d.conv(d.space_to_depth(at, 2), 4, 3)
                                                                    : d.add(at, d.conv(at, s[0], 3));
  }
}

}  // namespace

graph::Network random_joined_network(std::uint32_t seed, int layers) {
  Draft d({2, 4 + 2 * static_cast<int>(seed % 3), 8}, seed);
  int at = seed % 4 == 0 ? 0 : d.relu(d.conv(0, 4, 3));
  for (int i = 0; i < layers; ++i) {
    at = random_joint(d, at);
    if (d.shape(at)[0] > 12) at = d.relu(d.conv(at, 4, 1));
  }
  return d.build(d.gemm(d.flatten(at), 5), "joined" + std::to_string(seed));
}

graph::Network resnet8(std::uint32_t seed) {
  Draft d({1, 28, 28}, seed);
  int at = d.relu(d.batch_norm(d.conv(0, 16, 3)));
  at = residual_block(d, at, 16, 1);
  at = residual_block(d, at, 32, 2);
  at = residual_block(d, at, 64, 2);
  at = d.gemm(d.flatten(d.global_average_pool(at)), 10);
  return d.build(d.softmax(at), "resnet8");
}

graph::Network resnet32() {
  Draft d({3, 32, 32});
  int at = d.relu(d.batch_norm(d.conv(0, 16, 3)));
  for (int channels : {16, 32, 64})
    for (int block = 0; block < 5; ++block)
      at = residual_block(d, at, channels, block == 0 && channels > 16 ? 2 : 1);
  return d.build(d.gemm(d.flatten(d.global_average_pool(at)), 10), "resnet32");
}

graph::Network resnet9_chain() {
  Draft d({3, 4, 4});
  int at = 0;
  for (int channels : {56, 112, 112, 112, 224, 224, 224, 224}) at = d.relu(d.conv(at, channels, 3));
  return d.build(d.gemm(d.flatten(d.global_average_pool(at)), 10), "resnet9");
}

void share_out_randomly(const mapping::Mapping& mapping, std::uint32_t seed, config::Chip& chip) {
  std::mt19937 engine(seed);
  const auto below = [&](int n) { return static_cast<int>(engine() % static_cast<unsigned>(n)); };
  const bool host_between = chip.host.interlayer == config::Interlayer::Host;
  for (int s = 0; s < static_cast<int>(mapping.stages.size()); ++s) {
    const mapping::Stage& stage = mapping.stages[s];
    const mapping::MvmWork* mvm = mapping::in_crossbars(stage);
    if (below(4) == 0) continue;
    if (mvm == nullptr) {
      const int channels = host_between ? 1 : mapping::most_channel_parts(mapping.stages, s);
      if (channels == 1) continue;
      config::LayerOverride parts;
      parts.replicas = 2 + below(std::min(channels, 4) - 1);
      chip.layers.emplace_back(stage.name, parts);
      continue;
    }
    mapping::MvmWork tiled = *mvm;
    tiled.pool.reset();
    const mapping::Raster plane = mapping::raster_of(mvm->plane);
    for (int tries = 0; tries < 10; ++tries) {
      tiled.sharing = {1 + below(std::min(plane.height, 4)), 1 + below(std::min(plane.width, 4)), 1};
      const bool fits = tiled.sharing.copies() == 1 || tiled.group_cols() < chip.crossbar.columns;
      if (tiled.has_tiles(tiled.sharing.tile_h, tiled.sharing.tile_w) && fits) break;
      tiled.sharing = {};
    }
    config::LayerOverride change;
    change.tile_h = tiled.sharing.tile_h;
    change.tile_w = tiled.sharing.tile_w;
    change.replicas = 1 + below(std::min(tiled.tiles().pixels(), 5));
    chip.layers.emplace_back(stage.name, change);
  }
}

}  // namespace phasecore::test
