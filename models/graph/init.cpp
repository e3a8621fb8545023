#include "models/graph/init.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/random.hpp"
#include "models/graph/ops/recurrent.hpp"

namespace phasecore::graph {
namespace {

/// How many outputs the weights have, each from as many values.
std::size_t outputs_of(const Layer& layer, const Tensor& weights) {
  const auto outputs = static_cast<std::size_t>(weights.shape[0]);
  return layer.is<Recurrent>() ? outputs * static_cast<std::size_t>(weights.shape[1]) : outputs;
}

void he_normal(common::RandomKey key, WeightAddress address, std::size_t outputs, Tensor& tensor) {
  std::vector<float>& values = tensor.values;
  const std::size_t fan_in = values.size() / outputs;
  if (address == WeightAddress::ByPlace) {
    common::fill_normal(key, 0, 0, 0, values.size(), values.data());
  } else {
    for (std::size_t o = 0; o < outputs; ++o)
      common::fill_normal(key, 0, static_cast<std::uint32_t>(o), 0, fan_in, &values[o * fan_in]);
  }
  const float deviation = std::sqrt(2.0f / static_cast<float>(fan_in));
  for (float& v : values) v *= deviation;
}

common::RandomKey key_of(const std::string& layer, const char* tensor, std::uint64_t seed) {
  common::RandomKey key;
  key.seed = seed;
  key.purpose = common::Purpose::RandomWeights;
  // Weights have their layer's name for an address; further tensors of the same layer their own.
  key.layer = common::stable_hash(std::strcmp(tensor, "weight") == 0 ? layer : layer + "." + tensor);
  return key;
}

/// Forget gates start open, so that gradients reach the beginning of a sequence (Jozefowicz et al., ICML
/// 2015).
void open_forget_gates(Layer& layer) {
  auto* op = layer.is<Recurrent>() ? layer.edit<Recurrent>() : nullptr;
  if (op == nullptr || op->kind != Recurrent::Kind::Lstm || op->bias.empty()) return;
  const int hidden = op->hidden();
  for (int direction = 0; direction < op->directions(); ++direction) {
    const auto forget = op->bias.values.begin() + direction * 8 * hidden + 2 * hidden;
    std::fill(forget, forget + hidden, 1.0f);
  }
}

}  // namespace

void fill_he_normal(Network& network, std::uint64_t seed, WeightAddress address) {
  for (Layer& layer : network.layers) {
    if (layer.op().tensors().empty()) continue;
    for (const auto& tensor : layer.edit_op().tensors())
      if (tensor.start == Start::HeNormal && !tensor.values->empty())
        he_normal(key_of(layer.name, tensor.name, seed), address, outputs_of(layer, *tensor.values),
                  *tensor.values);
  }
}

Network with_random_weights(Network network, std::uint64_t seed) {
  for (Layer& layer : network.layers) {
    if (layer.op().tensors().empty()) continue;
    for (const auto& tensor : layer.edit_op().tensors())
      if (tensor.start != Start::HeNormal)
        std::fill(tensor.values->values.begin(), tensor.values->values.end(),
                  tensor.start == Start::Ones ? 1.0f : 0.0f);
    open_forget_gates(layer);
  }
  fill_he_normal(network, seed, WeightAddress::ByPlace);
  network.ranges.clear();
  return network;
}

}  // namespace phasecore::graph
