// A small search space with random weights and data that a network of it can tell apart.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "common/random.hpp"
#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "models/spaces/load.hpp"
#include "nas/evaluate/simulated.hpp"
#include "tests/support/support.hpp"

namespace phasecore::test {

inline std::shared_ptr<const spaces::Space> toy_space() {
  return spaces::load(source_path("configs/spaces/resnet-elastic.yaml"), {"input=[1, 12, 12]", "classes=4"});
}

/// Every gene at its choice number `choice`, or its last one; `stages` of the first choice.
inline spaces::Genes toy_genes(const spaces::Space& space, int choice) {
  spaces::Genes genes;
  for (const auto& gene : space.genes())
    genes.push_back(gene.name == "stages" ? 0 : std::min(choice, static_cast<int>(gene.choices.size()) - 1));
  return space.canonical(genes);
}

/// Random smooth images with the answers of `teacher` as labels.
inline data::Dataset toy_part(const graph::Network& teacher, data::Part part, int images) {
  data::Dataset data;
  data.name = "toy";
  data.part = part;
  data.shape = teacher.input().shape;
  data.classes = 4;
  common::RandomKey key;
  key.layer = static_cast<std::uint32_t>(part);
  const int volume = static_cast<int>(graph::volume(data.shape));
  for (int n = 0; n < images; ++n) {
    std::vector<float> image(volume);
    common::fill_normal(key, n, 0, 0, volume, image.data());
    for (int i = 1; i < volume; ++i) image[i] = 0.6f * image[i] + 0.5f * image[i - 1];
    const auto logits = graph::infer(teacher, {1, data.shape, image}).front().values;
    data.images.insert(data.images.end(), image.begin(), image.end());
    data.labels.push_back(
        static_cast<std::uint8_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
  }
  return data;
}

inline evaluate::SimulationSettings toy_settings() {
  evaluate::SimulationSettings s;
  s.space = toy_space();
  s.weights = [space = s.space](const spaces::Genes& genes) {
    return *graph::fold(space->network(genes, 5));
  };
  s.device = config::load_device("hermes-2");
  s.seed = 3;
  s.monte_carlo = {48, 2};
  s.final = {64, 3};
  const graph::Network teacher = s.weights(toy_genes(*s.space, 0));
  s.calibration = toy_part(teacher, data::Part::Calibration, 32);
  s.validation = toy_part(teacher, data::Part::Validation, 48);
  s.test = toy_part(teacher, data::Part::Test, 64);
  return s;
}

}  // namespace phasecore::test
