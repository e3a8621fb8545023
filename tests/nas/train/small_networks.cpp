#include "tests/nas/train/small_networks.hpp"

#include <torch/torch.h>

#include <random>

#include "models/graph/init.hpp"
#include "models/graph/mvm.hpp"
#include "models/graph/ops/batch_norm.hpp"
#include "models/graph/ops/softmax.hpp"
#include "models/zoo/definitions/zoo.hpp"

namespace phasecore::test {

at::Generator generator(std::uint64_t seed) {
  return at::detail::createCPUGenerator(seed);
}

data::Dataset random_images(int count, const graph::Shape& shape) {
  data::Dataset set;
  set.name = "random";
  set.shape = shape;
  set.classes = 10;
  std::mt19937 engine(7);
  for (long long i = 0; i < count * graph::volume(shape); ++i)
    set.images.push_back(static_cast<float>(engine() % 2001) / 1000.0f - 1.0f);
  for (int i = 0; i < count; ++i) set.labels.push_back(static_cast<std::uint8_t>(engine() % 10));
  return set;
}

graph::Network lively(const std::string& definition, const graph::Shape& input, std::uint64_t seed) {
  graph::Network network = graph::with_random_weights(zoo::find(definition)->build_for(input, 10), seed);
  std::mt19937 engine(static_cast<std::mt19937::result_type>(seed));
  const auto fill = [&](graph::Tensor& tensor, double low, double high) {
    for (float& v : tensor.values)
      v = static_cast<float>(low + (high - low) * static_cast<double>(engine() % 10001) / 10000);
  };
  for (auto& layer : network.layers) {
    if (auto* mvm = layer.edit<graph::Mvm>()) fill(mvm->bias, -0.3, 0.3);
    if (auto* norm = layer.edit<graph::BatchNorm>()) {
      fill(norm->offset, -0.3, 0.3);
      fill(norm->scale, 0.7, 1.3);
      fill(norm->mean, -0.3, 0.3);
      fill(norm->variance, 0.5, 1.5);
    }
  }
  return network;
}

graph::Network with_softmax(graph::Network network) {
  const int last = network.outputs.at(0);
  network.layers.push_back({"softmax", graph::Softmax(), {last}});
  network.outputs = {static_cast<int>(network.layers.size()) - 1};
  return graph::build(std::move(network));
}

torch::Tensor logits(const graph::Network& network, train::Parameters& parameters, const data::Dataset& set,
                     const train::Pass& pass) {
  torch::NoGradGuard no_grad;
  std::vector<std::int64_t> sizes{set.size()};
  sizes.insert(sizes.end(), set.shape.begin(), set.shape.end());
  return train::forward(network, parameters, torch::tensor(set.images).view(sizes), pass);
}

}  // namespace phasecore::test
