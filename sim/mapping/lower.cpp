#include "sim/mapping/lower.hpp"

#include <algorithm>

#include "models/graph/check.hpp"
#include "sim/mapping/stage.hpp"
#include "sim/mapping/windows.hpp"

namespace phasecore::mapping {
namespace {

using graph::Layer;
using graph::Op;

constexpr int kUnknown = -2;  ///< the producer of a layer that was refused

/// Where a layer's values come from. Flatten and Reshape only change `shape`.
struct Value {
  int stage = kUnknown;
  graph::Shape shape;
};

bool reshapes(Op op) {
  return op == Op::Flatten || op == Op::Reshape;
}

bool is_pool_op(Op op) {
  return op == Op::MaxPool || op == Op::AveragePool || op == Op::GlobalAveragePool;
}

/// Walks the layers in topological order and either starts a stage or extends the one that made the input.
/// A stage can be extended as long as the layer it ends in (its tip) has one reader.
class Lowering {
 public:
  Lowering(const graph::Network& network, bool host_between)
      : network_(network), host_between_(host_between), readers_(network.consumers()) {}

  Lowered run() {
    if (network_.outputs.size() != 1)
      throw common::InputError("network '" + network_.name + "' has " +
                               std::to_string(network_.outputs.size()) +
                               " outputs; the chip delivers exactly one");
    const int count = static_cast<int>(network_.layers.size());
    find_tail();
    values_.resize(count);
    for (int i = 0; i < count; ++i)
      if (!tail_[i]) lower(i);
    diagnostics_.raise_if_any();
    if (result_.stages.empty())
      throw common::InputError("network '" + network_.name + "' computes nothing that a chip could do");
    return std::move(result_);
  }

 private:
  /// Softmax at the very end (and what reshapes it) is left to the host.
  void find_tail() {
    const auto& layers = network_.layers;
    int logits = network_.outputs[0];
    for (int i = logits; layers[i].op == Op::Softmax || reshapes(layers[i].op); i = layers[i].inputs[0]) {
      if (readers_[layers[i].inputs[0]].size() > 1) break;
      if (layers[i].op == Op::Softmax) logits = layers[i].inputs[0];
    }
    tail_.assign(layers.size(), false);
    for (int i = network_.outputs[0]; i != logits; i = layers[i].inputs[0]) {
      tail_[i] = true;
      result_.host_tail.insert(result_.host_tail.begin(), layers[i].name);
    }
    // The host reads the logits, besides whoever else does.
    readers_[logits].erase(std::remove_if(readers_[logits].begin(), readers_[logits].end(),
                                          [&](int reader) { return tail_[reader]; }),
                           readers_[logits].end());
    readers_[logits].push_back(static_cast<int>(layers.size()));
  }

  void lower(int i) {
    const Layer& layer = network_.layers[i];
    if (layer.op == Op::Input) return read_image(layer, i);
    for (int input : layer.inputs)
      if (values_[input].stage == kUnknown) return;
    if (reshapes(layer.op)) return reshape(layer, i);
    if (layer.op == Op::Conv || layer.op == Op::Gemm) return start_mvm(layer, i);
    if (layer.op == Op::Relu || layer.op == Op::Clip) return activate(layer, i);
    if (layer.op == Op::Add) return add(layer, i);
    if (is_pool_op(layer.op)) return pool(layer, i);
    refuse(layer, layer.op == Op::Softmax ? "the host does it at the end of a network only"
                                          : "the chip has no unit for it");
  }

  void refuse(const Layer& layer, const std::string& why) {
    diagnostics_.add(layer.where, graph::label_of(layer) + ": cannot be mapped: " + why);
  }

  /// An image that is only ever read flattened enters as one vector instead of pixel by pixel.
  void read_image(const Layer& layer, int i) {
    const auto& readers = readers_[i];
    const bool flattened = std::all_of(readers.begin(), readers.end(), [&](int reader) {
      return reader < static_cast<int>(network_.layers.size()) && reshapes(network_.layers[reader].op) &&
             network_.layers[reader].shape.size() == 1;
    });
    result_.input_shape =
        flattened ? graph::Shape{static_cast<int>(graph::volume(layer.shape))} : layer.shape;
    values_[i] = {kNetworkInput, layer.shape};
    if (layer.shape.size() != 1 && layer.shape.size() != 3)
      throw common::InputError(
          {{layer.where, graph::label_of(layer) + ": shape " + graph::to_string(layer.shape) +
                             " is neither a vector nor channels x height x width"}});
  }

  /// The shape in which the values of a stage (or the image) exist on the chip.
  const graph::Shape& physical(int stage) const {
    return stage == kNetworkInput ? result_.input_shape : result_.stages[stage].out_shape;
  }

  /// Pixels are where they are: only vectors (and images of one pixel) may be read in another shape.
  bool in_place(const Layer& layer, int input) {
    const Value& value = values_[input];
    const bool known_rank = value.shape.size() == 1 || value.shape.size() == 3;
    if (known_rank && raster_of(value.shape) == raster_of(physical(value.stage))) return true;
    refuse(layer, "it reads " + graph::to_string(physical(value.stage)) + " reshaped to " +
                      graph::to_string(value.shape) + "; only flattening before a Gemm is supported");
    return false;
  }

  /// The stage that ends in layer `tip`, if it can still be extended, else null.
  Stage* open(int tip) {
    const int stage = values_[tip].stage;
    if (stage < 0 || tips_[stage] != tip || readers_[tip].size() != 1) return nullptr;
    return &result_.stages[stage];
  }

  void extend(int stage, const Layer& layer, int i) {
    values_[i] = {stage, layer.shape};
    tips_[stage] = i;
    result_.stages[stage].range_name = layer.name;
  }

  void start(Stage stage, const Layer& layer, int i) {
    stage.name = layer.name;
    stage.op = layer.op;
    result_.stages.push_back(std::move(stage));
    tips_.push_back(i);
    extend(static_cast<int>(tips_.size()) - 1, layer, i);
  }

  void reshape(const Layer& layer, int i) {
    const int source = layer.inputs[0];
    const int stage = values_[source].stage;
    values_[i] = {stage, layer.shape};
    if (open(source) == nullptr) return;
    tips_[stage] = i;
    std::string& range = result_.stages[stage].range_name;
    if (network_.ranges.count(range) == 0 && network_.ranges.count(layer.name) == 1) range = layer.name;
  }

  void start_mvm(const Layer& layer, int i) {
    const int source = layer.inputs[0];
    if (layer.op == Op::Conv && !in_place(layer, source)) return;
    Stage stage;
    stage.kind = StageKind::Mvm;
    stage.input = values_[source].stage;
    stage.in_shape = physical(stage.input);
    stage.mvm_shape = stage.out_shape = layer.shape;
    stage.window = layer.window;
    stage.groups = layer.groups;
    stage.macs = graph::macs(network_, i);
    stage.cols = layer.weights.shape[0];
    fill_matrix(layer, stage);
    stage.bias = layer.bias.values;
    stage.bias.resize(stage.cols, 0.0f);
    start(std::move(stage), layer, i);
  }

  static void fill_matrix(const Layer& layer, Stage& stage) {
    const int rows_per_group = static_cast<int>(graph::volume(layer.weights.shape)) / stage.cols;
    const int cols_per_group = stage.cols / stage.groups;
    stage.rows = rows_per_group * stage.groups;
    stage.weights.assign(static_cast<std::size_t>(stage.rows) * stage.cols, 0.0f);
    for (int o = 0; o < stage.cols; ++o) {
      const int first_row = o / cols_per_group * rows_per_group;
      for (int r = 0; r < rows_per_group; ++r)
        stage.weights[static_cast<std::size_t>(first_row + r) * stage.cols + o] =
            layer.weights.values[static_cast<std::size_t>(o) * rows_per_group + r];
    }
  }

  Stage elementwise(int input) const {
    Stage stage;
    stage.kind = StageKind::Digital;
    stage.input = input;
    stage.in_shape = stage.mvm_shape = stage.out_shape = physical(input);
    return stage;
  }

  void activate(const Layer& layer, int i) {
    const Activation activation = layer.op == Op::Relu
                                      ? Activation{ActivationKind::Relu, 0, 0}
                                      : Activation{ActivationKind::Clip, layer.clip_min, layer.clip_max};
    const int source = layer.inputs[0];
    Stage* before = open(source);
    // A maximum may be clamped before or after it is taken; an average may not.
    if (before != nullptr && (!before->pool || before->pool->op == Op::MaxPool)) {
      before->activation = combine(before->activation, activation);
      return extend(values_[source].stage, layer, i);
    }
    Stage stage = elementwise(values_[source].stage);
    stage.activation = activation;
    start(std::move(stage), layer, i);
  }

  void add(const Layer& layer, int i) {
    const int a = layer.inputs[0], b = layer.inputs[1];
    const int stage_a = values_[a].stage, stage_b = values_[b].stage;
    if (!(raster_of(physical(stage_a)) == raster_of(physical(stage_b))))
      return refuse(layer, "it adds " + graph::to_string(physical(stage_a)) + " and " +
                               graph::to_string(physical(stage_b)) +
                               " of which one is reshaped; only flattening before a Gemm is supported");
    const int later = stage_a > stage_b ? a : b;
    const int stage_later = std::max(stage_a, stage_b), stage_other = std::min(stage_a, stage_b);
    Stage* into = stage_a != stage_b && !host_between_ ? open(later) : nullptr;
    if (into != nullptr && into->kind == StageKind::Mvm && !into->skip && !into->pool) {
      into->skip = stage_other;
      into->first_activation = into->activation;
      into->activation = {};
      return extend(stage_later, layer, i);
    }
    Stage stage = elementwise(stage_a);
    stage.skip = stage_b;
    start(std::move(stage), layer, i);
  }

  void pool(const Layer& layer, int i) {
    const int source = layer.inputs[0];
    if (!in_place(layer, source)) return;
    Pool pool;
    pool.op = layer.op;
    pool.window = layer.window;
    pool.name = layer.name;
    const Raster in = raster_of(physical(values_[source].stage));
    if (layer.op == Op::GlobalAveragePool) {
      pool.window = {};
      pool.window.kernel_h = in.height;
      pool.window.kernel_w = in.width;
    }
    Stage* before = host_between_ ? nullptr : open(source);
    if (before != nullptr && before->kind == StageKind::Mvm && !before->pool &&
        completions(in, pool.window, raster_of(layer.shape))) {
      before->pool = pool;
      before->out_shape = layer.shape;
      return extend(values_[source].stage, layer, i);
    }
    Stage stage = elementwise(values_[source].stage);
    stage.out_shape = layer.shape;
    stage.pool = pool;
    start(std::move(stage), layer, i);
  }

  const graph::Network& network_;
  const bool host_between_;
  Lowered result_;
  common::Diagnostics diagnostics_;
  std::vector<std::vector<int>> readers_;  ///< per layer; the number of layers stands for the host
  std::vector<bool> tail_;                 ///< layers the host computes after the logits
  std::vector<Value> values_;              ///< per layer
  std::vector<int> tips_;                  ///< per stage the layer it ends in
};

}  // namespace

Lowered lower(const graph::Network& network, bool host_between) {
  return Lowering(network, host_between).run();
}

}  // namespace phasecore::mapping
