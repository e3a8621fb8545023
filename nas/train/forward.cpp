#include "nas/train/forward.hpp"

#include <torch/torch.h>

#include <algorithm>

#include "models/graph/mvm.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/add.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/reshape.hpp"
#include "nas/train/hardware_ops.hpp"
#include "nas/train/mvm.hpp"
#include "nas/train/operators.hpp"

namespace phasecore::train {

using graph::Layer;
using graph::Network;
using torch::Tensor;

namespace {

/// The only reader of a layer, or -1.
int only_reader(const std::vector<std::vector<int>>& consumers, int layer) {
  return consumers[layer].size() == 1 ? consumers[layer].front() : -1;
}

/// Which layers work as one step of the chip.
class Chain {
 public:
  explicit Chain(const Network& network) : network_(network), consumers_(network.consumers()) {}

  /// Does the step go on behind this layer?
  bool continues(int layer) const {
    const int next = only_reader(consumers_, layer);
    if (next < 0) return false;
    const Layer& reader = network_.layers[next];
    const Layer& here = network_.layers[layer];
    const bool clamped = reader.is<graph::Clamp>();
    if (here.is<graph::Mvm>()) return clamped || reader.is<graph::BatchNorm>();
    if (here.is<graph::BatchNorm>()) return clamped && producer(layer).is<graph::Mvm>();
    return clamped && here.is<graph::Add>();
  }
  /// The layer where the step that `layer` belongs to ends.
  int end(int layer) const {
    while (continues(layer)) layer = consumers_[layer].front();
    return layer;
  }
  /// Is this where the sums of an MVM are ready: behind its batch norm, if it has one?
  bool sums_ready(int layer) const {
    const Layer& here = network_.layers[layer];
    if (here.is<graph::BatchNorm>())
      return producer(layer).is<graph::Mvm>() && only_reader(consumers_, here.inputs.front()) == layer;
    const int next = only_reader(consumers_, layer);
    return here.is<graph::Mvm>() && (next < 0 || !network_.layers[next].is<graph::BatchNorm>());
  }
  bool emits(int layer) const { return !network_.layers[layer].is<graph::Reshaping>() && !continues(layer); }

 private:
  const Layer& producer(int layer) const { return network_.layers[network_.layers[layer].inputs.front()]; }

  const Network& network_;
  std::vector<std::vector<int>> consumers_;
};

class Interpreter {
 public:
  Interpreter(const Network& network, Parameters& parameters, const Pass& pass)
      : network_(network),
        parameters_(parameters),
        pass_(pass),
        chain_(network),
        consumers_(network.consumers()) {}

  Tensor run(const Tensor& images) {
    for (int i = 0; i < static_cast<int>(network_.layers.size()); ++i) {
      const Layer& layer = network_.layers[i];
      Tensor x = i == 0 ? images : compute(i);
      if (x.dim() == 4) x = x.contiguous(torch::MemoryFormat::ChannelsLast);
      if (pass_.output_noise != 0 && !pass_.has_converters() && chain_.sums_ready(i)) {
        const double range = range_of(network_.layers[chain_.end(i)].name, pass_);
        x = x + normal_like(x, pass_.output_noise * range, pass_.noise);
      }
      values_.push_back(chain_.emits(i) ? through_range(layer.name, x, pass_.activation_bits, pass_) : x);
    }
    return values_[network_.outputs.front()];
  }

 private:
  /// The clamp behind a layer that is computed together with it: the only reader, where nothing is disturbed
  /// between the two.
  const graph::Clamp* joined_clamp(int layer) const {
    const int next = only_reader(consumers_, layer);
    if (next < 0 || !operators().limits(network_.layers[layer].op())) return nullptr;
    const bool disturbed = pass_.output_noise != 0 || chain_.emits(layer);
    return disturbed ? nullptr : network_.layers[next].as<graph::Clamp>();
  }

  Tensor compute(int index) const {
    const Layer& layer = network_.layers[index];
    std::vector<Tensor> inputs;
    for (const int from : layer.inputs) inputs.push_back(values_[from]);
    if (layer.is<graph::Clamp>() && joined_clamp(layer.inputs.front()) != nullptr) return inputs.front();
    const graph::Clamp* clamp = joined_clamp(index);
    const Limits limits = clamp == nullptr ? Limits{} : Limits{clamp->lowest(), clamp->highest()};
    return operators().compute(LayerPass(layer, pass_, std::move(inputs), limits, parameters_));
  }

  const Network& network_;
  Parameters& parameters_;
  const Pass& pass_;
  Chain chain_;
  std::vector<std::vector<int>> consumers_;
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
  const Tensor limit = spread(weight, reference) * deviations;
  weight.copy_(torch::minimum(torch::maximum(weight, -limit), limit));
}

std::vector<std::string> emitting_layers(const Network& network) {
  const Chain chain(network);
  std::vector<std::string> names;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i)
    if (chain.emits(i)) names.push_back(network.layers[i].name);
  return names;
}

std::vector<std::string> converter_layers(const Network& network) {
  std::vector<std::string> names;
  for (const Layer& layer : network.layers)
    if (layer.is<graph::Mvm>()) names.push_back(layer.name + ".adc");
  return names;
}

}  // namespace phasecore::train
