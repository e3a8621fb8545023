#include "sim/mapping/lower.hpp"

#include <algorithm>

#include "models/graph/check.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/ops/softmax.hpp"
#include "sim/mapping/windows.hpp"

namespace phasecore::mapping {
namespace {

using graph::Layer;

constexpr int kUnknown = -2;  ///< the producer of a layer that was refused

/// Where a layer's values come from. Flatten and Reshape only change `shape`.
struct Value {
  int stage = kUnknown;
  graph::Shape shape;
};

class Walk final : public Lowering {
 public:
  Walk(const graph::Network& network, bool host_between, const Rules& rules)
      : network_(network), host_between_(host_between), rules_(rules), readers_(network.consumers()) {}

  Lowered run() {
    graph::require_one_input(network_, "the chip");
    if (network_.outputs.size() != 1)
      throw common::InputError("network '" + network_.name + "' has " +
                               std::to_string(network_.outputs.size()) +
                               " outputs; the chip delivers exactly one");
    find_tail();
    values_.resize(network_.layers.size());
    for (index_ = 0; index_ < static_cast<int>(network_.layers.size()); ++index_)
      if (!tail_[index_]) lower();
    diagnostics_.raise_if_any();
    if (result_.stages.empty())
      throw common::InputError("network '" + network_.name + "' computes nothing that a chip could do");
    return std::move(result_);
  }

  const graph::Network& network() const override { return network_; }
  const Layer& layer() const override { return network_.layers[index_]; }
  int layer_index() const override { return index_; }
  bool host_between() const override { return host_between_; }

  StageInput input(int which) const override {
    const int stage = values_[source(which)].stage;
    return {stage, physical(stage)};
  }

  const graph::Shape& shape(int which) const override { return values_[source(which)].shape; }

  bool in_place(int which) override {
    const Value& value = values_[source(which)];
    const bool known_rank = value.shape.size() == 1 || value.shape.size() == 3;
    if (known_rank && raster_of(value.shape) == raster_of(physical(value.stage))) return true;
    refuse("it reads " + graph::to_string(physical(value.stage)) + " reshaped to " +
           graph::to_string(value.shape) + "; only flattening before a Gemm is supported");
    return false;
  }

  Stage* open(int which) override {
    const int tip = source(which);
    const int stage = values_[tip].stage;
    if (stage < 0 || tips_[stage] != tip || readers_[tip].size() != 1) return nullptr;
    return &result_.stages[stage];
  }

  void extend(Stage& stage) override { deliver(static_cast<int>(&stage - result_.stages.data())); }

  void pass_on() override {
    const int stage = values_[source(0)].stage;
    values_[index_] = {stage, layer().shape};
    if (open(0) == nullptr) return;
    tips_[stage] = index_;
    std::string& range = result_.stages[stage].range_name;
    if (network_.ranges.count(range) == 0 && network_.ranges.count(layer().name) == 1) range = layer().name;
  }

  void start(Stage stage) override {
    stage.name = layer().name;
    stage.op = layer().op().name();
    result_.stages.push_back(std::move(stage));
    tips_.push_back(index_);
    deliver(static_cast<int>(tips_.size()) - 1);
  }

  void refuse(const std::string& why) override {
    diagnostics_.add(layer().where, graph::label_of(layer()) + ": cannot be mapped: " + why);
  }

 private:
  int source(int which) const { return layer().inputs.at(which); }

  void deliver(int stage) {
    values_[index_] = {stage, layer().shape};
    tips_[stage] = index_;
    result_.stages[stage].range_name = layer().name;
  }

  /// Softmax at the very end (and what reshapes it) is left to the host.
  void find_tail() {
    const auto& layers = network_.layers;
    int logits = network_.outputs[0];
    const auto is_softmax = [&](int i) {
      return layers[i].is<graph::Softmax>() && layers[i].shape.size() == 1;
    };
    for (int i = logits; is_softmax(i) || layers[i].is<graph::Reshaping>(); i = layers[i].inputs[0]) {
      if (readers_[layers[i].inputs[0]].size() > 1) break;
      if (is_softmax(i)) logits = layers[i].inputs[0];
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

  void lower() {
    if (layer().is<graph::Input>()) return read_image();
    for (int input : layer().inputs)
      if (values_[input].stage == kUnknown) return;
    const Rule* rule = rules_.find(layer().op().name());
    if (rule == nullptr) return refuse("the chip has no unit for it");
    (*rule)(*this);
  }

  /// An image that is only ever read flattened enters as one vector instead of pixel by pixel.
  void read_image() {
    const Layer& image = layer();
    const auto& readers = readers_[index_];
    const bool flattened = std::all_of(readers.begin(), readers.end(), [&](int reader) {
      return reader < static_cast<int>(network_.layers.size()) &&
             network_.layers[reader].is<graph::Reshaping>() && network_.layers[reader].shape.size() == 1;
    });
    result_.input_shape =
        flattened ? graph::Shape{static_cast<int>(graph::volume(image.shape))} : image.shape;
    values_[index_] = {kNetworkInput, image.shape};
    if (image.shape.size() != 1 && image.shape.size() != 3)
      throw common::InputError(
          {{image.where, graph::label_of(image) + ": shape " + graph::to_string(image.shape) +
                             " is neither a vector nor channels x height x width"}});
  }

  /// The shape in which the values of a stage (or the image) exist on the chip.
  const graph::Shape& physical(int stage) const {
    return stage == kNetworkInput ? result_.input_shape : result_.stages[stage].out_shape;
  }

  const graph::Network& network_;
  const bool host_between_;
  const Rules& rules_;
  Lowered result_;
  common::Diagnostics diagnostics_;
  std::vector<std::vector<int>> readers_;  ///< per layer; the number of layers stands for the host
  std::vector<bool> tail_;                 ///< layers the host computes after the logits
  std::vector<Value> values_;              ///< per layer
  std::vector<int> tips_;                  ///< per stage the layer it ends in
  int index_ = 0;                          ///< of the layer at which the walk is
};

}  // namespace

Lowered lower(const graph::Network& network, bool host_between, const Rules& rules) {
  return Walk(network, host_between, rules).run();
}

}  // namespace phasecore::mapping
