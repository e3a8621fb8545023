#include <algorithm>
#include <cmath>

#include "common/random.hpp"
#include "models/zoo/definitions/zoo.hpp"

namespace phasecore::zoo {

graph::Network with_random_weights(graph::Network network, std::uint64_t seed) {
  for (auto& layer : network.layers) {
    if (!layer.weights.empty()) {
      const auto& shape = layer.weights.shape;
      const long long fan_in = graph::volume(shape) / shape[0];
      common::RandomKey key{seed, common::Purpose::RandomWeights};
      key.layer = common::stable_hash(layer.name);
      auto& values = layer.weights.values;
      common::fill_normal(key, 0, 0, 0, values.size(), values.data());
      const float deviation = std::sqrt(2.0f / static_cast<float>(fan_in));
      for (float& v : values) v *= deviation;
    }
    std::fill(layer.bias.values.begin(), layer.bias.values.end(), 0.0f);
    std::fill(layer.scale.values.begin(), layer.scale.values.end(), 1.0f);
    std::fill(layer.mean.values.begin(), layer.mean.values.end(), 0.0f);
    std::fill(layer.variance.values.begin(), layer.variance.values.end(), 1.0f);
  }
  network.ranges.clear();
  return network;
}

}  // namespace phasecore::zoo
