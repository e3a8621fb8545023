#include "nas/train/forward.hpp"

#include <torch/torch.h>

#include <algorithm>

#include "models/graph/mvm.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/recurrent.hpp"
#include "models/graph/ops/softmax.hpp"
#include "models/graph/steps.hpp"
#include "nas/train/hardware_ops.hpp"
#include "nas/train/mvm.hpp"
#include "nas/train/operators.hpp"

namespace phasecore::train {

using graph::Layer;
using graph::Network;
using torch::Tensor;

namespace {

/// The step whose values become codes behind this layer; null if none's do.
const graph::Step* rounded_behind(const graph::Steps& steps, int layer) {
  const int step = steps.of[layer];
  return step != graph::kImage && steps.steps[step].rounded == layer ? &steps.steps[step] : nullptr;
}

class Interpreter {
 public:
  Interpreter(const Network& network, Parameters& parameters, const Pass& pass)
      : network_(network),
        parameters_(parameters),
        pass_(pass),
        steps_(graph::steps(network, pass.rounding.interlayer)),
        readers_(network.consumers()) {}

  Tensor run(const Tensor& images) {
    for (int i = 0; i < static_cast<int>(network_.layers.size()); ++i) {
      Tensor x = i == 0 ? images : compute(i);
      if (x.dim() == 4) x = x.contiguous(torch::MemoryFormat::ChannelsLast);
      values_.push_back(coded(i, noisy(i, x)));
    }
    return values_[network_.outputs.front()];
  }

 private:
  Tensor noisy(int layer, const Tensor& x) const {
    const int step = steps_.of[layer];
    const bool sums_ready = step != graph::kImage && steps_.steps[step].sums == layer;
    if (!sums_ready || pass_.output_noise == 0 || pass_.has_converters()) return x;
    const double range = range_of(range_name(steps_.steps[step]), pass_);
    return x + normal_like(x, pass_.output_noise * range, pass_.noise);
  }

  Tensor coded(int layer, const Tensor& x) const {
    if (layer == 0) return through_range(network_.input().name, x, pass_.activation_bits, pass_);
    const graph::Step* step = rounded_behind(steps_, layer);
    if (step == nullptr) return x;
    const bool exact = step->logits && pass_.rounding.logits_fp16;
    return through_range(range_name(*step), x, exact ? 0 : pass_.activation_bits, pass_);
  }

  const std::string& range_name(const graph::Step& step) const { return network_.layers[step.range].name; }

  /// The clamp behind a layer that is computed together with it: the only reader, where nothing is disturbed
  /// between the two.
  const graph::Clamp* joined_clamp(int layer) const {
    if (readers_[layer].size() != 1 || pass_.output_noise != 0) return nullptr;
    const int next = readers_[layer].front();
    const bool together = steps_.joins(next, layer) && operators().limits(network_.layers[layer].op());
    return together ? network_.layers[next].as<graph::Clamp>() : nullptr;
  }

  bool is_hosts(int layer) const {
    const auto& tail = steps_.host_tail;
    return std::find(tail.begin(), tail.end(), layer) != tail.end();
  }

  Tensor compute(int index) const {
    const Layer& layer = network_.layers[index];
    std::vector<Tensor> inputs;
    for (const int from : layer.inputs) inputs.push_back(values_[from]);
    if (pass_.logits && layer.is<graph::Softmax>() && is_hosts(index)) return inputs.front();
    if (layer.is<graph::Clamp>() && joined_clamp(layer.inputs.front()) != nullptr) return inputs.front();
    const graph::Clamp* clamp = joined_clamp(index);
    const Limits limits = clamp == nullptr ? Limits{} : Limits{clamp->lowest(), clamp->highest()};
    return operators().compute(LayerPass(layer, pass_, std::move(inputs), limits, parameters_));
  }

  const Network& network_;
  Parameters& parameters_;
  const Pass& pass_;
  const graph::Steps steps_;
  std::vector<std::vector<int>> readers_;
  std::vector<Tensor> values_;
};

/// {C_out, 1, ...}: one value per output column.
std::vector<std::int64_t> per_column(const Tensor& weight) {
  std::vector<std::int64_t> shape(weight.dim(), 1);
  shape[0] = weight.size(0);
  return shape;
}

}  // namespace

Tensor largest(const Tensor& weight, Reference reference) {
  const Tensor magnitude = weight.detach().abs();
  if (reference == Reference::Layer) return magnitude.max();
  return magnitude.flatten(1).amax(1).view(per_column(weight));
}

Tensor spread(const Tensor& weight, Reference reference) {
  const Tensor square = weight.detach().square();
  if (reference == Reference::Layer) return square.mean().sqrt();
  return square.flatten(1).mean(1).sqrt().view(per_column(weight));
}

Tensor forward(const Network& network, Parameters& parameters, const Tensor& images, const Pass& pass) {
  return Interpreter(network, parameters, pass).run(images);
}

NormStatistics clean_statistics(const Network& network, Parameters& parameters, const Tensor& images,
                                int count, Pass pass) {
  torch::NoGradGuard no_grad;
  NormStatistics statistics;
  pass.training = true;
  pass.measured = &statistics;
  forward(network, parameters, images.narrow(0, 0, std::min<std::int64_t>(count, images.size(0))), pass);
  return statistics;
}

void clip_to_deviations(Tensor weight, Reference reference, double deviations) {
  torch::NoGradGuard no_grad;
  if (weight.dim() == 3) weight = weight.flatten(0, 1);
  const Tensor limit = spread(weight, reference) * deviations;
  weight.copy_(torch::minimum(torch::maximum(weight, -limit), limit));
}

std::vector<std::string> rounded_layers(const Network& network, const Rounding& rounding) {
  const graph::Steps steps = graph::steps(network, rounding.interlayer);
  std::vector<std::string> names{network.input().name};
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const Layer& layer = network.layers[i];
    const graph::Step* step = rounded_behind(steps, i);
    const bool loops = layer.is<graph::Recurrent>();
    if (loops) names.push_back(gates_range(layer));
    if (loops || (step != nullptr && !(step->logits && rounding.logits_fp16)))
      names.push_back(loops ? layer.name : network.layers[step->range].name);
  }
  return names;
}

std::vector<std::string> converter_layers(const Network& network) {
  std::vector<std::string> names;
  for (const Layer& layer : network.layers)
    if (layer.is<graph::Mvm>() || layer.is<graph::Recurrent>()) names.push_back(layer.name + ".adc");
  return names;
}

}  // namespace phasecore::train
