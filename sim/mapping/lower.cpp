#include "sim/mapping/lower.hpp"

#include <algorithm>
#include <set>

#include "models/graph/fold.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/add.hpp"
#include "models/graph/ops/attention.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/normalization.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "models/graph/ops/recurrent.hpp"
#include "models/graph/ops/reduce.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/steps.hpp"
#include "sim/mapping/moved.hpp"
#include "sim/mapping/refusals.hpp"

namespace phasecore::mapping {
namespace {

using graph::Layer;

class Walk final : public Lowering {
 public:
  Walk(const graph::Network& network, graph::Interlayer interlayer, const Rules& rules)
      : network_(network),
        steps_(graph::steps(network, interlayer)),
        rules_(rules),
        readers_(network.consumers()) {}

  Lowered run() {
    graph::require_one_input(network_, "the chip");
    if (network_.outputs.size() != 1)
      throw common::InputError("network '" + network_.name + "' has " +
                               std::to_string(network_.outputs.size()) +
                               " outputs; the chip delivers exactly one");
    values_.resize(network_.layers.size());
    tail_.insert(steps_.host_tail.begin(), steps_.host_tail.end());
    for (const int layer : tail_) result_.host_tail.push_back(network_.layers[layer].name);
    for (const auto& layers : steps_.shared_ranges) {
      result_.shared_ranges.emplace_back();
      for (const int layer : layers) result_.shared_ranges.back().push_back(network_.layers[layer].name);
    }
    for (index_ = 0; index_ < static_cast<int>(network_.layers.size()); ++index_)
      if (tail_.count(index_) == 0) {
        lower();
        settle();
      }
    refusals_.raise_if_any(network_);
    check_last();
    if (result_.stages.empty())
      throw common::InputError("network '" + network_.name + "' computes nothing that a chip could do");
    return std::move(result_);
  }

  const graph::Network& network() const override { return network_; }
  const Layer& layer() const override { return network_.layers[index_]; }
  int layer_index() const override { return index_; }

  StageInput input(int which) const override {
    const auto values = in_order(values_[source(which)]);
    common::ensure(values.has_value(), "mapping: what '" + layer().name + "' reads is in no order");
    return *values;
  }

  std::optional<StageInput> sequence(int which) const override { return line(values_[source(which)]); }

  bool by_steps() const override {
    const auto all = [&](const auto& is) {
      return std::all_of(layer().inputs.begin(), layer().inputs.end(),
                         [&](int input) { return is(values_[input]); });
    };
    return all([&](const Located& values) {
             return values.shape == layer().shape && values.shape.size() == 2 && line(values).has_value();
           }) &&
           !all([](const Located& values) { return in_order(values).has_value(); });
  }

  const graph::Tensor* constant(int which) const override {
    const auto* constant = network_.layers[source(which)].as<graph::Constant>();
    return constant == nullptr ? nullptr : &constant->values;
  }

  Placed placed(int which) const override {
    const Located& values = values_[source(which)];
    const auto there = in_order(values);
    const bool native =
        values.shape.size() != 2 || (there && raster_of(values.shape) == raster_of(there->shape));
    if (native) return {values.sources, work_of(values, raster_of(values.shape)), values.shape, false};
    const Located by_step = in_line(values);
    return {by_step.sources, work_of(by_step, raster_of(by_step.shape)), by_step.shape, true};
  }

  const graph::Shape& shape(int which) const override { return values_[source(which)].shape; }

  bool in_place(int which) override {
    const Located& values = values_[source(which)];
    const auto there = in_order(values);
    if (there && has_raster(values.shape) && raster_of(values.shape) == raster_of(there->shape)) return true;
    if (there && has_raster(values.shape))
      refuse("it reads " + graph::to_string(there->shape) + " reshaped to " + graph::to_string(values.shape) +
             ", whose pixels are not those that were computed");
    else
      refuse("it reads " + without_raster(values.shape));
    return false;
  }

  Stage* joined(int which) override {
    const int from = source(which);
    return steps_.joins(index_, from) ? &result_.stages.at(values_[from].sources.at(0).stage) : nullptr;
  }

  void extend(Stage& stage) override {
    const int extended = static_cast<int>(&stage - result_.stages.data());
    const auto from = std::find_if(layer().inputs.begin(), layer().inputs.end(), [&](int input) {
      const std::vector<StageInput>& sources = values_[input].sources;
      return sources.size() == 1 && sources[0].stage == extended;
    });
    const bool same_places = from != layer().inputs.end() && values_[*from].shape == layer().shape;
    graph::Places places;
    if (same_places) places = values_[*from].places;
    deliver(extended);
    values_[index_].places = std::move(places);
  }

  void pass_on() override {
    values_[index_] = values_[source(0)];
    values_[index_].shape = layer().shape;
  }

  void move() override {
    std::vector<const Located*> inputs;
    std::vector<graph::Shape> shapes;
    for (const int input : layer().inputs) {
      inputs.push_back(&values_[input]);
      shapes.push_back(values_[input].shape);
    }
    values_[index_] =
        moved(inputs, graph::moved_from(*layer().as<graph::Moving>(), shapes, layer().shape), layer().shape);
    if (values_[index_].sources.empty()) refuse("all it delivers are zeros");
  }

  void start(Stage stage) override {
    const int step = steps_.of[index_];
    common::ensure(
        step != graph::kImage && steps_.steps[step].layers.front() == index_ && steps_.steps[step].range >= 0,
        "mapping: the rule of '" + layer().name + "' starts a stage where no step begins");
    append(std::move(stage), network_.layers[steps_.steps[step].range].name);
  }

  void start_sequence(Stage stage) override {
    start(std::move(stage));
    Located& values = values_[index_];
    const graph::Shape there = values.sources.front().shape;
    if (there.size() == 1) return;
    const bool has_heads = values.shape.size() == 3 && line_of(values.shape) == there;
    values = moved({&values}, places_in_line(has_heads ? values.shape : graph::Shape{there.at(1), there[0]}),
                   values.shape);
  }

  void refuse(const std::string& why) override { refusals_.add(layer(), why); }

 private:
  int source(int which) const { return layer().inputs.at(which); }

  /// A sequence in the order of its line.
  static Located in_line(const Located& values) {
    return moved({&values}, places_in(values.shape), line_of(values.shape));
  }

  /// A sequence as its line, which may have been the pixels of an image.
  static std::optional<StageInput> line(const Located& values) {
    std::optional<StageInput> input = in_order(in_line(values));
    if (input) input->shape = {raster_of(input->shape).channels, raster_of(input->shape).pixels()};
    return input;
  }

  void deliver(int stage) { values_[index_] = {{{stage, physical(stage)}}, {}, layer().shape}; }

  void append(Stage stage, const std::string& range_name) {
    stage.name = layer().name;
    stage.op = layer().op().name();
    stage.range_name = range_name;
    result_.stages.push_back(std::move(stage));
    deliver(static_cast<int>(result_.stages.size()) - 1);
  }

  /// Does it read values in their order, whatever their pixels? A sum as long as both that it adds are alike.
  static bool takes_any_shape(const Layer& reader) {
    return reader.is<graph::Gemm>() || reader.is<graph::Clamp>() || reader.is<graph::Pointwise>() ||
           reader.is<graph::Add>();
  }

  /// Does it compute each value of what it reads by itself?
  static bool reads_values(const Layer& reader) {
    return reader.is<graph::Clamp>() || reader.is<graph::Pointwise>() || reader.is<graph::Add>();
  }

  /// Does it read values of this shape step by step?
  static bool reads_steps(const Layer& reader, const graph::Shape& shape) {
    if (reader.is<graph::Attention>()) return shape.size() == 3;
    if (shape.size() != 2) return false;
    if (const auto* norm = reader.as<graph::LayerNorm>()) return norm->axis == 1;
    if (const auto* mean = reader.as<graph::Reduce>()) return mean->axes == std::vector<int>{0};
    return reader.is<graph::Recurrent>() || reader.is<graph::Gemm>();
  }

  /// Does it add a constant, wherever the other values lie?
  bool adds_constant(const Layer& reader) const {
    return reader.is<graph::Add>() && network_.layers[reader.inputs[0]].is<graph::Constant>() !=
                                          network_.layers[reader.inputs[1]].is<graph::Constant>();
  }

  /// Puts a sequence in its line if somebody reads it step by step, but its steps do not lie so.
  void settle_steps() {
    const Located& values = values_[index_];
    const auto& readers = readers_[index_];
    const bool by_steps = std::any_of(readers.begin(), readers.end(), [&](int reader) {
      return tail_.count(reader) == 0 && !network_.layers[reader].is<graph::Recurrent>() &&
             reads_steps(network_.layers[reader], values.shape);
    });
    if (!by_steps || line(values)) return;
    const graph::Shape sequence = values.shape;
    values_[index_] = in_line(values);
    relocate();
    const Located settled = values_[index_];
    values_[index_] = moved({&settled}, places_in_line(sequence), sequence);
  }

  /// Moves the layer's values if one of its readers cannot read them from where they are.
  void settle() {
    const Located& values = values_[index_];
    if (values.sources.empty() || layer().is<graph::Input>()) return;
    settle_steps();
    const auto there = in_order(values);
    const bool in_place =
        there && has_raster(values.shape) && raster_of(values.shape) == raster_of(there->shape);
    bool is_read = is_delivered(), by_pixel = false;
    for (const int reader : readers_[index_]) {
      const Layer& by = network_.layers[reader];
      if (tail_.count(reader) > 0 || by.is<graph::Reshaping>() || by.is<graph::Moving>()) continue;
      if (steps_.joins(reader, index_)) continue;  // it goes on where the values are made
      if (reads_steps(by, values.shape) || adds_constant(by)) continue;
      if (reads_values(by) && !there && values.shape.size() == 2 && line(values)) continue;
      is_read = true;
      by_pixel = by_pixel || !takes_any_shape(by);
    }
    const bool needs_stage = is_delivered() && (!there || there->stage < 0);
    if (needs_stage || (is_read && !there) || (by_pixel && !in_place && has_raster(values.shape))) relocate();
  }

  /// Do the layer's values leave the chip?
  bool is_delivered() const {
    const auto& readers = readers_[index_];
    return network_.outputs[0] == index_ ||
           std::any_of(readers.begin(), readers.end(), [&](int reader) { return tail_.count(reader) > 0; });
  }

  /// The sink takes what the last stage delivers.
  void check_last() const {
    int logits = network_.outputs[0];
    while (tail_.count(logits) > 0) logits = network_.layers[logits].inputs[0];
    const int last = static_cast<int>(result_.stages.size()) - 1,
              delivers = values_[logits].sources.at(0).stage;
    if (delivers < last)
      throw common::InputError("network '" + network_.name + "': what layer '" + result_.stages[last].name +
                               "' computes reaches no output");
  }

  void relocate() {
    const Located values = values_[index_];
    Stage stage;
    stage.inputs = values.sources;
    stage.out_shape =
        has_raster(values.shape) ? values.shape : graph::Shape{static_cast<int>(graph::volume(values.shape))};
    stage.work = work_of(values, raster_of(stage.out_shape));
    // All sources have one range.
    const int first = values.sources.front().stage;
    append(std::move(stage),
           first == kNetworkInput ? network_.input().name : result_.stages[first].range_name);
    values_[index_].shape = values.shape;
  }

  void lower() {
    if (layer().is<graph::Input>()) return read_image();
    if (layer().is<graph::Constant>() && !is_delivered()) return;  // its readers are refused
    const Rule* rule = rules_.find(layer());
    if (rule == nullptr) return refuse("the chip has no unit for it");
    const std::vector<int>& inputs = layer().inputs;
    const bool is_there =
        std::none_of(inputs.begin(), inputs.end(), [&](int input) { return values_[input].sources.empty(); });
    if (is_there || (adds_constant(layer()) && !is_unknown(0) && !is_unknown(1))) return (*rule)(*this);
    try_rule(*rule, network_, index_, refusals_);
    if (!refusals_.has(layer())) refuse_constants();
  }

  /// Is input `which` neither on the chip nor a constant?
  bool is_unknown(int which) const {
    return values_[source(which)].sources.empty() && constant(which) == nullptr;
  }

  /// The chip has constants only as weights, and as what a rule takes into its stage.
  void refuse_constants() {
    if (adds_constant(layer())) return;
    for (const int input : layer().inputs)
      if (network_.layers[input].is<graph::Constant>())
        return refuse("it computes with the constant '" + network_.layers[input].name + "'");
  }

  /// An image that is only ever read flattened enters as one vector instead of pixel by pixel.
  void read_image() {
    const Layer& image = layer();
    const auto& readers = readers_[index_];
    const bool flattened = std::all_of(readers.begin(), readers.end(), [&](int reader) {
      return network_.layers[reader].is<graph::Reshaping>() && network_.layers[reader].shape.size() == 1;
    });
    result_.input_shape =
        flattened ? graph::Shape{static_cast<int>(graph::volume(image.shape))} : image.shape;
    if (!has_raster(image.shape)) return refuse("the network takes " + without_raster(image.shape));
    const bool is_sequence = image.shape.size() == 2 && !readers.empty() &&
                             std::all_of(readers.begin(), readers.end(), [&](int reader) {
                               return reads_steps(network_.layers[reader], image.shape);
                             });
    values_[index_] = {{{kNetworkInput, result_.input_shape}}, {}, image.shape};
    if (!is_sequence) return;
    result_.input_shape = {image.shape[1], image.shape[0]};
    result_.takes_steps = true;
    Located& values = values_[index_];
    values.sources.front().shape = result_.input_shape;
    values = moved({&values}, places_in_line(image.shape), image.shape);
  }

  /// The shape in which the values of a stage (or the image) exist on the chip.
  const graph::Shape& physical(int stage) const {
    return stage == kNetworkInput ? result_.input_shape : result_.stages[stage].out_shape;
  }

  const graph::Network& network_;
  const graph::Steps steps_;
  const Rules& rules_;
  Lowered result_;
  Refusals refusals_;
  const std::vector<std::vector<int>> readers_;  ///< per layer
  std::set<int> tail_;                           ///< layers that the host computes
  std::vector<Located> values_;                  ///< per layer
  int index_ = 0;                                ///< of the layer at which the walk is
};

}  // namespace

Lowered lower(const graph::FoldedNetwork& network, graph::Interlayer interlayer, const Rules& rules) {
  return Walk(*network, interlayer, rules).run();
}

}  // namespace phasecore::mapping
