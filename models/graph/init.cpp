#include "models/graph/init.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/random.hpp"

namespace phasecore::graph {
namespace {

void he_normal(common::RandomKey key, WeightAddress address, Tensor& tensor) {
  std::vector<float>& values = tensor.values;
  const auto outputs = static_cast<std::size_t>(tensor.shape[0]);
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

}  // namespace

void fill_he_normal(Network& network, std::uint64_t seed, WeightAddress address) {
  for (Layer& layer : network.layers) {
    if (layer.op().tensors().empty()) continue;
    for (const auto& tensor : layer.edit_op().tensors())
      if (tensor.start == Start::HeNormal && !tensor.values->empty())
        he_normal(key_of(layer.name, tensor.name, seed), address, *tensor.values);
  }
}

Network with_random_weights(Network network, std::uint64_t seed) {
  for (Layer& layer : network.layers) {
    if (layer.op().tensors().empty()) continue;
    for (const auto& tensor : layer.edit_op().tensors())
      if (tensor.start != Start::HeNormal)
        std::fill(tensor.values->values.begin(), tensor.values->values.end(),
                  tensor.start == Start::Ones ? 1.0f : 0.0f);
  }
  fill_he_normal(network, seed, WeightAddress::ByPlace);
  network.ranges.clear();
  return network;
}

}  // namespace phasecore::graph
