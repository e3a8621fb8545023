#include "models/graph/steps.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "models/graph/moving.hpp"
#include "models/graph/mvm.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/add.hpp"
#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/conv_transpose.hpp"
#include "models/graph/ops/gemm.hpp"
#include "models/graph/ops/global_average_pool.hpp"
#include "models/graph/ops/global_max_pool.hpp"
#include "models/graph/ops/input.hpp"
#include "models/graph/ops/normalization.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "models/graph/ops/pool.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/ops/softmax.hpp"

namespace phasecore::graph {
namespace {

bool averages(const Layer& layer) {
  return layer.is<AveragePool>() || layer.is<GlobalAveragePool>();
}

bool pools(const Layer& layer) {
  return layer.is<MaxPool>() || layer.is<GlobalMaxPool>() || averages(layer);
}

bool multiplies(const Layer& layer) {
  return layer.is<Mvm>() || layer.is<ConvTranspose>();
}

/// What computes each value from all channels of its pixel, or from the whole image.
bool normalises(const Layer& layer) {
  return layer.is<LayerNorm>() || layer.is<ChannelNorm>() || layer.is<GroupNorm>() || layer.is<Lrn>() ||
         layer.is<Softmax>() || layer.is<LogSoftmax>();
}

/// The window of a pool that reads an image of this shape.
Window window_of(const Layer& pool, const Shape& in) {
  if (const auto* sliding = pool.as<Pool>()) return sliding->window;
  Window whole;
  whole.kernel_h = in[1];
  whole.kernel_w = in[2];
  return whole;
}

StepKind kind_of(const Layer& layer) {
  if (multiplies(layer) || layer.is<BatchNorm>()) return StepKind::Product;
  if (layer.is<Add>() || layer.is<Arithmetic>() || layer.is<Clamp>() || layer.is<Function>())
    return StepKind::Elementwise;
  if (normalises(layer)) return StepKind::Normalisation;
  if (const auto* moving = layer.as<Moving>(); moving != nullptr && moving->fills_with_zeros())
    return StepKind::Move;
  return pools(layer) ? StepKind::Pool : StepKind::Alone;
}

class Walk {
 public:
  Walk(const Network& network, Interlayer interlayer)
      : network_(network),
        between_(interlayer),
        readers_(network.consumers()),
        in_tail_(network.layers.size(), false) {
    result_.of.assign(network.layers.size(), kImage);
  }

  Steps run() {
    std::vector<int> logits;
    for (const int output : network_.outputs) logits.push_back(leave_tail(output));
    for (int i = 0; i < static_cast<int>(network_.layers.size()); ++i)
      if (!in_tail_[i] && !at(i).is<Input>()) visit(i);
    for (Step& step : result_.steps) finish(step);
    share_ranges();
    for (const int layer : logits)
      if (const int step = result_.of[layer]; step != kImage) result_.steps[step].logits = true;
    return std::move(result_);
  }

 private:
  const Layer& at(int layer) const { return network_.layers[layer]; }

  /// Of one vector: a Softmax over places or along other axes is work of its own.
  bool is_final_softmax(int layer) const { return at(layer).is<Softmax>() && at(layer).shape.size() == 1; }

  /// Leaves a Softmax at the very end, and what reshapes it, to the host, which reads what is before. Returns
  /// the logits' layer.
  int leave_tail(int output) {
    int logits = output;
    for (int i = output; is_final_softmax(i) || at(i).is<Reshaping>(); i = at(i).inputs[0]) {
      if (readers_[at(i).inputs[0]].size() > 1) break;
      if (is_final_softmax(i)) logits = at(i).inputs[0];
    }
    for (int i = output; i != logits; i = at(i).inputs[0]) {
      in_tail_[i] = true;
      result_.host_tail.insert(result_.host_tail.begin(), i);
    }
    auto& readers = readers_[logits];
    readers.erase(
        std::remove_if(readers.begin(), readers.end(), [&](int reader) { return in_tail_[reader]; }),
        readers.end());
    readers.push_back(static_cast<int>(network_.layers.size()));  // the host
    return logits;
  }

  void visit(int layer) {
    if (at(layer).is<Reshaping>()) {
      const int source = at(layer).inputs.front();
      result_.of[layer] = result_.of[source];
      if (const int step = open(source); step != kImage) result_.steps[step].layers.push_back(layer);
      return;
    }
    const int joined = step_to_join(layer);
    if (joined == kImage) return start(layer);
    result_.of[layer] = joined;
    Step& step = result_.steps[joined];
    step.layers.push_back(layer);
    if (at(layer).is<BatchNorm>()) step.sums = layer;
    for (const int source : at(layer).inputs)
      if (result_.of[source] != joined) step.inputs.push_back(result_.of[source]);
  }

  void start(int layer) {
    Step step;
    step.kind = kind_of(at(layer));
    step.layers = {layer};
    for (const int source : at(layer).inputs) step.inputs.push_back(result_.of[source]);
    if (step.kind == StepKind::Product) step.sums = layer;
    result_.of[layer] = static_cast<int>(result_.steps.size());
    result_.steps.push_back(std::move(step));
  }

  bool is_constant(int layer) const { return at(layer).is<Constant>(); }

  /// The step that ends in a layer which one layer alone reads, else kImage.
  int open(int source) const {
    const int step = result_.of[source];
    const bool ends_here = step != kImage && result_.steps[step].layers.back() == source;
    return ends_here && readers_[source].size() == 1 ? step : kImage;
  }

  /// The step that the layer goes on with; kImage: it starts one.
  int step_to_join(int layer) const {
    const Layer& here = at(layer);
    if (here.inputs.empty()) return kImage;
    if (here.is<Add>()) return step_that_adds(here);
    const int source = here.inputs.front(), step = open(source);
    if (step == kImage) return kImage;
    bool joins = false;
    if (here.is<BatchNorm>()) joins = multiplies(at(source));
    if (here.is<Clamp>()) joins = takes_clamps(result_.steps[step]);
    if (here.is<Function>()) joins = takes_functions(result_.steps[step]);
    if (pools(here)) joins = takes_pool(result_.steps[step], here, at(source).shape);
    return joins ? step : kImage;
  }

  int step_that_adds(const Layer& add) const {
    const int a = result_.of[add.inputs[0]], b = result_.of[add.inputs[1]];
    if (is_constant(add.inputs[0]) || is_constant(add.inputs[1])) return kImage;
    if (between_ == Interlayer::Host || a == b || at(add.inputs[0]).shape != at(add.inputs[1]).shape)
      return kImage;
    const int later = open(add.inputs[a > b ? 0 : 1]);
    if (later == kImage) return kImage;
    const Step& step = result_.steps[later];
    const bool can_add = step.kind == StepKind::Product && step.inputs.size() == 1 && !has_pool(step);
    return can_add ? later : kImage;
  }

  bool takes_clamps(const Step& step) const {
    return step.kind != StepKind::Alone && step.kind != StepKind::Move &&
           std::none_of(step.layers.begin(), step.layers.end(),
                        [&](int layer) { return averages(at(layer)); });
  }

  bool takes_functions(const Step& step) const {
    const bool has_unit = step.kind == StepKind::Product && between_ == Interlayer::Network;
    const bool is_unit = step.kind == StepKind::Elementwise || step.kind == StepKind::Normalisation;
    return (has_unit || is_unit) && !has_pool(step);
  }

  bool takes_pool(const Step& step, const Layer& pool, const Shape& in) const {
    return between_ == Interlayer::Network && step.kind == StepKind::Product && !has_pool(step) &&
           !is_of_steps(at(step.layers.front())) &&
           completes_in_order(pixel_spans(window_of(pool, in), in, pool.shape));
  }

  bool has_pool(const Step& step) const {
    return std::any_of(step.layers.begin(), step.layers.end(), [&](int layer) { return pools(at(layer)); });
  }

  void finish(Step& step) const {
    if (step.kind == StepKind::Move) return;
    const auto& layers = step.layers;
    std::size_t last = layers.size() - 1;
    while (at(layers[last]).is<Reshaping>()) --last;
    const auto has_range = [&](int layer) { return network_.ranges.count(at(layer).name) > 0; };
    const auto found =
        std::find_if(layers.begin() + static_cast<std::ptrdiff_t>(last), layers.end(), has_range);
    step.rounded = layers[last];
    step.range = found == layers.end() ? step.rounded : *found;
  }

  /// Codes that are side by side behind a Concat are of one scale, wherever else they are read.
  void share_ranges() {
    const auto& steps = result_.steps;
    std::vector<int> leader(steps.size() + 1);  // the image, then the steps: of each the first it shares with
    std::iota(leader.begin(), leader.end(), 0);
    const auto find = [&](int at) {
      while (leader[at] != at) at = leader[at] = leader[leader[at]];
      return at;
    };
    for (std::size_t s = 0; s < steps.size(); ++s)
      if (steps[s].kind == StepKind::Move)
        for (const int input : steps[s].inputs) {
          const int a = find(static_cast<int>(s) + 1), b = find(input + 1);
          leader[std::max(a, b)] = std::min(a, b);
        }
    std::map<int, std::vector<int>> groups;
    for (int i = 0; i < static_cast<int>(leader.size()); ++i)
      if (i == 0 || steps[i - 1].kind != StepKind::Move)
        groups[find(i)].push_back(i == 0 ? 0 : steps[i - 1].range);
    for (auto& [first, layers] : groups)
      if (layers.size() > 1) result_.shared_ranges.push_back(std::move(layers));
  }

  const Network& network_;
  const Interlayer between_;
  std::vector<std::vector<int>> readers_;  ///< per layer; the number of layers stands for the host
  std::vector<bool> in_tail_;              ///< per layer
  Steps result_;
};

}  // namespace

Steps steps(const Network& network, Interlayer interlayer) {
  return Walk(network, interlayer).run();
}

}  // namespace phasecore::graph
