// The shipped spaces, narrowed or limited as a test needs them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/spaces/load.hpp"
#include "tests/models/graph/tensors.hpp"
#include "tests/support/support.hpp"

namespace phasecore::test {

inline std::unique_ptr<spaces::Space> shipped(const std::string& name,
                                              const std::vector<std::string>& assignments = {}) {
  return spaces::load(source_path("configs/spaces/" + name + ".yaml"), assignments);
}

/// Of resnet-elastic: a space of one to three stages that has blocks of all types.
inline std::vector<std::string> separable() {
  const std::string stage = "blocks: [1, 3], kernels: [3, 7], branches: [1, 2], types: ";
  return {"input=[3, 17, 23]", "stem={widths: [4, 12], kernels: [1, 5], strides: [1, 3]}",
          "stages=[{widths: [4, 8], " + stage + "[separable]}, {widths: [6], " + stage +
              "[separable, basic]}, {widths: [8, 16], " + stage + "[bottleneck, separable, basic]}]",
          "fewest_stages=1"};
}

inline int gene_called(const spaces::Space& space, const std::string& name) {
  for (int g = 0; g < static_cast<int>(space.genes().size()); ++g)
    if (space.genes()[g].name == name) return g;
  ADD_FAILURE() << space.kind() << " has no gene " << name;
  return 0;
}

/// Every genotype of the space, also those without a network.
inline std::vector<spaces::Genes> all_genotypes(const spaces::Space& space) {
  std::vector<spaces::Genes> all = {{}};
  for (const auto& gene : space.genes()) {
    std::vector<spaces::Genes> longer;
    for (const auto& genes : all)
      for (int c = 0; c < static_cast<int>(gene.choices.size()); ++c) {
        longer.push_back(genes);
        longer.back().push_back(c);
      }
    all = std::move(longer);
  }
  return all;
}

/// Everything about a network but its weights: equal for equal networks only.
inline std::string fingerprint(const graph::Network& network) {
  std::string text;
  for (const auto& layer : network.layers) {
    text += layer.name + " " + layer.op().name() + " " + graph::to_string(layer.shape) + " " +
            graph::to_string(test::tensor_of(layer, "weight").shape);
    for (int input : layer.inputs) text += " " + std::to_string(input);
    text += "\n";
  }
  return text;
}

}  // namespace phasecore::test
