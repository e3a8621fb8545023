#include "sim/mapping/lower.hpp"

#include <algorithm>
#include <set>

#include "models/graph/check.hpp"
#include "models/graph/fold.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/steps.hpp"
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
  Walk(const graph::Network& network, graph::Interlayer interlayer, const Rules& rules)
      : network_(network), steps_(graph::steps(network, interlayer)), rules_(rules) {}

  Lowered run() {
    graph::require_one_input(network_, "the chip");
    if (network_.outputs.size() != 1)
      throw common::InputError("network '" + network_.name + "' has " +
                               std::to_string(network_.outputs.size()) +
                               " outputs; the chip delivers exactly one");
    values_.resize(network_.layers.size());
    const std::set<int> tail(steps_.host_tail.begin(), steps_.host_tail.end());
    for (const int layer : tail) result_.host_tail.push_back(network_.layers[layer].name);
    for (index_ = 0; index_ < static_cast<int>(network_.layers.size()); ++index_)
      if (tail.count(index_) == 0) lower();
    diagnostics_.raise_if_any();
    if (result_.stages.empty())
      throw common::InputError("network '" + network_.name + "' computes nothing that a chip could do");
    return std::move(result_);
  }

  const graph::Network& network() const override { return network_; }
  const Layer& layer() const override { return network_.layers[index_]; }
  int layer_index() const override { return index_; }

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

  Stage* joined(int which) override {
    const int from = source(which);
    return steps_.joins(index_, from) ? &result_.stages.at(values_[from].stage) : nullptr;
  }

  void extend(Stage& stage) override { deliver(static_cast<int>(&stage - result_.stages.data())); }

  void pass_on() override { deliver(values_[source(0)].stage); }

  void start(Stage stage) override {
    const int step = steps_.of[index_];
    common::ensure(step != graph::kImage && steps_.steps[step].layers.front() == index_,
                   "mapping: the rule of '" + layer().name + "' starts a stage where no step begins");
    stage.name = layer().name;
    stage.op = layer().op().name();
    stage.range_name = network_.layers[steps_.steps[step].range].name;
    result_.stages.push_back(std::move(stage));
    deliver(static_cast<int>(result_.stages.size()) - 1);
  }

  void refuse(const std::string& why) override {
    diagnostics_.add(layer().where, graph::label_of(layer()) + ": cannot be mapped: " + why);
  }

 private:
  int source(int which) const { return layer().inputs.at(which); }

  void deliver(int stage) { values_[index_] = {stage, layer().shape}; }

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
    const auto readers = network_.consumers()[index_];
    const bool flattened = std::all_of(readers.begin(), readers.end(), [&](int reader) {
      return network_.layers[reader].is<graph::Reshaping>() && network_.layers[reader].shape.size() == 1;
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
  const graph::Steps steps_;
  const Rules& rules_;
  Lowered result_;
  common::Diagnostics diagnostics_;
  std::vector<Value> values_;  ///< per layer
  int index_ = 0;              ///< of the layer at which the walk is
};

}  // namespace

Lowered lower(const graph::FoldedNetwork& network, graph::Interlayer interlayer, const Rules& rules) {
  return Walk(*network, interlayer, rules).run();
}

}  // namespace phasecore::mapping
