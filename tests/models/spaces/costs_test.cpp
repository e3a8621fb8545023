// Closed forms against built networks.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/graph/builder.hpp"
#include "models/graph/mvm.hpp"
#include "models/spaces/residual_net.hpp"
#include "tests/models/spaces/shipped.hpp"

namespace phasecore::spaces {
namespace {

using test::shipped;

/// Convolutions and Gemm on the longest path, found by walking the graph.
int longest_path(const graph::Network& network) {
  std::vector<int> depth;
  for (const auto& layer : network.layers) {
    int deepest = 0;
    for (int input : layer.inputs) deepest = std::max(deepest, depth[input]);
    depth.push_back(deepest + (layer.is<graph::Mvm>() ? 1 : 0));
  }
  return depth[network.outputs.at(0)];
}

void expect_closed_forms(const Space& space, int networks) {
  const common::RandomKey key;
  for (int i = 0; i < networks; ++i) {
    const Genes genes = space.sample(key, i);
    const graph::Network network = space.network(genes, 1);
    const Cost cost = space.cost(genes);
    long long macs = 0;
    for (int l = 0; l < static_cast<int>(network.layers.size()); ++l) macs += graph::macs(network, l);
    ASSERT_EQ(cost.parameters, graph::parameters(network)) << space.kind() << " sample " << i;
    ASSERT_EQ(cost.macs, macs) << space.kind() << " sample " << i;
    ASSERT_EQ(cost.depth, longest_path(network)) << space.kind() << " sample " << i;
    ASSERT_EQ(network.layers[network.outputs.at(0)].shape, graph::Shape{space.classes()});
  }
}

TEST(SpaceCosts, OfAnalognasAreThoseOfTheBuiltNetworks) {
  expect_closed_forms(*shipped("analognas"), 500);
}

TEST(SpaceCosts, OfAnalognasHoldForOddSizesAndFewClasses) {
  expect_closed_forms(*shipped("analognas", {"input=[2, 27, 13]", "classes=3", "max_parameters=300000"}),
                      100);
}

TEST(SpaceCosts, OfResnetElasticAreThoseOfTheBuiltNetworks) {
  expect_closed_forms(*shipped("resnet-elastic"), 500);
}

TEST(SpaceCosts, OfAnyListsAreThoseOfTheBuiltNetworks) {
  expect_closed_forms(*shipped("cifar-elastic"), 100);
  expect_closed_forms(*shipped("digits-elastic"), 200);
  expect_closed_forms(*shipped("resnet-elastic", test::separable()), 200);
}

TEST(SpaceCosts, OfASupernetAreThoseOfWhatItStores) {
  ResidualNet net;
  net.stem_width = 4;
  net.first_exit = 1;
  net.stages = {{2, 4, 3, 2, {BlockShape::Basic, BlockShape::Bottleneck}}, {1, 8}};
  for (const bool keeps : {false, true}) {
    net.stages[0].keeps_projection = keeps;
    const graph::Network network = graph::build(draft_of(net, "supernet", {1, 8, 8}, 10, 1));
    EXPECT_EQ(network.find("stage1.block1.shortcut") >= 0, keeps);
    EXPECT_EQ(cost_of(net, {1, 8, 8}, 10).parameters, graph::parameters(network));
  }
}

TEST(SpaceCosts, OfNasbench201AreThoseOfTheBuiltNetworks) {
  expect_closed_forms(*shipped("nasbench201"), 500);
}

}  // namespace
}  // namespace phasecore::spaces
