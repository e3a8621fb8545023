// The definitions on the shipped chips: published counts of cores and tiles.
#include "sim/mapping/mapping.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "models/graph/fold.hpp"
#include "models/zoo/definitions/zoo.hpp"

namespace phasecore::zoo {
namespace {

graph::Network built(const std::string& name) {
  const Definition* definition = find(name);
  if (definition == nullptr) throw common::InternalError("no definition " + name);
  return definition->build();
}

std::vector<int> cores_per_layer(const mapping::Mapping& map) {
  std::vector<int> cores;
  for (const auto& stage : map.stages)
    if (stage.as<mapping::MvmWork>() != nullptr)
      cores.push_back(static_cast<int>(mapping::submatrices_of(stage).size()));
  return cores;
}

// LG: 1, 2, 4, 4, 4, 8, 8, 8, 1 cores for its nine matrices.
TEST(ZooMapping, ResNet9Takes40CoresOfHermes) {
  const auto map = mapping::map(graph::fold(built("resnet9")), config::load_chip("hermes"));
  EXPECT_EQ(map.cores_used, 40);
  EXPECT_EQ(cores_per_layer(map), (std::vector<int>{1, 2, 4, 4, 4, 8, 8, 8, 1}));
}

// Full tiles and a rest, one layer per tile: 43 of 512x512, 62 of 256x256.
TEST(ZooMapping, ResNet32Takes43TilesOf512And62Of256) {
  const auto tiles = [](const std::string& chip, const std::vector<std::string>& changes) {
    int count = 0;
    for (const int cores :
         cores_per_layer(mapping::map(graph::fold(built("resnet32")), config::load_chip(chip, changes))))
      count += cores;
    return count;
  };
  EXPECT_EQ(tiles("analog-fabric-48", {}), 43);
  EXPECT_EQ(tiles("hermes-mesh", {"mapping.objective=one-to-one", "mapping.tiling=ceil", "mapping.margin=0",
                                  "grid.rows=16"}),
            62);
}

}  // namespace
}  // namespace phasecore::zoo
