#include "models/graph/fold.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "models/graph/ops/conv_transpose.hpp"
#include "tests/models/graph/draft.hpp"

namespace phasecore {
namespace {

/// Both networks compute the same on random images, relative to the largest output, within 1e-5.
void expect_same_outputs(const graph::Network& a, const graph::Network& b) {
  const graph::Batch x = test::random_batch(5, a.input().shape, 77);
  const auto ya = graph::infer(a, x), yb = graph::infer(b, x);
  ASSERT_EQ(ya.size(), yb.size());
  for (std::size_t o = 0; o < ya.size(); ++o) {
    ASSERT_EQ(ya[o].shape, yb[o].shape);
    float largest = 0;
    for (float v : ya[o].values) largest = std::max(largest, std::fabs(v));
    for (std::size_t i = 0; i < ya[o].values.size(); ++i)
      EXPECT_NEAR(ya[o].values[i], yb[o].values[i], 1e-5f * largest);
  }
}

template <class T>
int count(const graph::Network& n) {
  return static_cast<int>(
      std::count_if(n.layers.begin(), n.layers.end(), [](const graph::Layer& l) { return l.is<T>(); }));
}

TEST(FoldBatchNorm, MergesIntoConvolutionsAndGemms) {
  test::Draft d({3, 8, 8});
  d.conv("conv", 3, 4, 3).bias = {};
  d.batch_norm("norm", 4);
  d.add<graph::Relu>("relu");
  auto& depthwise = d.conv("depthwise", 1, 4, 3);
  depthwise.groups = 4;
  d.batch_norm("norm2", 4);
  d.add<graph::Flatten>("flatten");
  d.gemm("fc", 64, 6);
  d.batch_norm("norm3", 6);
  const graph::Network n = d.build();
  const graph::Network folded = *graph::fold(n);
  EXPECT_EQ(count<graph::BatchNorm>(folded), 0);
  EXPECT_EQ(folded.layers.size(), n.layers.size() - 3);
  EXPECT_EQ(folded.layers[folded.outputs[0]].name, "fc");
  expect_same_outputs(n, folded);
}

TEST(FoldBatchNorm, MergesIntoTransposedConvolutions) {
  test::Draft d({4, 5, 5});
  graph::ConvTranspose up;
  up.groups = 2;
  up.weights = test::random_tensor({4, 3, 2, 2}, 31);
  up.window = graph::square_window(2, 2);
  d.add("up", up);
  d.batch_norm("norm", 6);
  const graph::Network n = d.build();
  const graph::FoldedNetwork folded = graph::fold(n);
  EXPECT_EQ(folded->layers.size(), 2u);
  EXPECT_EQ(folded->layers.back().name, "up");
  expect_same_outputs(n, *folded);
}

TEST(FoldBatchNorm, MakesADepthwiseConvolutionWhereThereIsNothingToMergeInto) {
  test::Draft d({3, 4, 4});
  d.batch_norm("first", 3);
  d.conv("conv", 3, 3, 3, 1, 1);     // its padding is 0, not what the batch norm makes of 0
  d.batch_norm("shared_source", 3);  // 'conv' has another reader
  d.add<graph::Add>("sum", {2, 3});
  d.add<graph::GlobalAveragePool>("pool");
  d.add<graph::Flatten>("flatten");
  d.batch_norm("vector", 3);
  const graph::Network n = d.build();
  const graph::Network folded = *graph::fold(n);
  EXPECT_EQ(count<graph::BatchNorm>(folded), 0);
  EXPECT_EQ(count<graph::Conv>(folded), 4);
  EXPECT_EQ(folded.layers[folded.find("first")].as<graph::Conv>()->groups, 3);
  EXPECT_EQ(folded.layers[folded.outputs[0]].name, "vector");
  expect_same_outputs(n, folded);
}

TEST(FoldBatchNorm, MergesIntoTheWeightsBehindWhereNothingBeforeTakesIt) {
  test::Draft d({4, 5, 5});
  d.batch_norm("first", 4);
  d.conv("conv", 2, 6, 3).groups = 2;
  d.add<graph::Relu>("relu");
  graph::BatchNorm& scale = d.batch_norm("scale", 6);
  scale.offset.values.assign(6, 0);
  scale.mean.values.assign(6, 0);
  d.conv("padded", 6, 3, 3, 1, 1).bias = {};
  d.add<graph::GlobalAveragePool>("pool");
  d.add<graph::Flatten>("flatten");
  d.batch_norm("vector", 3);
  d.gemm("fc", 3, 2);
  d.batch_norm("last", 2);
  d.network().ranges = {{"input", 1.0}, {"first", 2.0}};
  const graph::Network n = d.build();
  const graph::Network folded = *graph::fold(n);
  EXPECT_EQ(folded.layers.size(), n.layers.size() - 4);
  EXPECT_EQ(folded.ranges, (std::map<std::string, double>{{"input", 1.0}}));
  expect_same_outputs(n, folded);
}

TEST(FoldBatchNorm, LeavesAConvolutionAloneThatIsAnOutputItself) {
  test::Draft d({2, 4, 4});
  d.conv("conv", 2, 3, 3);
  d.batch_norm("norm", 3);
  d.network().outputs = {1, 2};
  const graph::Network n = d.build();
  const graph::Network folded = *graph::fold(n);
  EXPECT_EQ(folded.layers[1].as<graph::Conv>()->weights.values,
            n.layers[1].as<graph::Conv>()->weights.values);
  expect_same_outputs(n, folded);
}

TEST(FoldBatchNorm, KeepsTheNetworkWithEveryLayerTypeEqual) {
  const graph::Network n = test::all_layer_types();
  expect_same_outputs(n, *graph::fold(n));
}

TEST(FoldBatchNorm, MovesTheRangeOfWhatTheMergedLayerDelivers) {
  test::Draft d({3, 1, 1});
  d.conv("conv", 3, 4, 1);
  d.batch_norm("norm", 4);
  d.add<graph::Flatten>("flatten");
  d.add<graph::Flatten>("again");
  d.gemm("fc", 4, 2);
  d.network().ranges = {{"input", 1.0}, {"conv", 100.0}, {"norm", 2.5}, {"again", 3.0}, {"fc", 4.0}};
  d.network().metadata = {{"phasecore.recipe", "epochs: 1"}};
  const graph::Network folded = *graph::fold(d.build());
  const std::map<std::string, double> expected{{"input", 1.0}, {"conv", 2.5}, {"flatten", 3.0}, {"fc", 4.0}};
  EXPECT_EQ(folded.ranges, expected);
  EXPECT_EQ(folded.find("again"), -1);  // a vector flattened again
  EXPECT_EQ(folded.metadata.at("phasecore.recipe"), "epochs: 1");
}

TEST(FoldBatchNorm, ForgetsTheRangeOfWhatNobodyDeliversAnyMore) {
  test::Draft d({3, 1, 1});
  d.conv("conv", 3, 4, 1);
  d.batch_norm("norm", 4);
  d.network().ranges = {{"input", 1.0}, {"conv", 100.0}};
  EXPECT_EQ(graph::fold(d.build())->ranges, (std::map<std::string, double>{{"input", 1.0}}));
}

template <class T, class = void>
struct Folds : std::false_type {};
template <class T>
struct Folds<T, std::void_t<decltype(graph::fold(std::declval<T>()))>> : std::true_type {};

TEST(FoldBatchNorm, IsTheOnlyMakerOfFoldedNetworksAndTakesNone) {
  EXPECT_FALSE((std::is_constructible_v<graph::FoldedNetwork, graph::Network>));
  EXPECT_FALSE((std::is_constructible_v<graph::FoldedNetwork, graph::Network, graph::Network>));
  EXPECT_TRUE(Folds<graph::Network>::value);
  EXPECT_FALSE(Folds<graph::FoldedNetwork>::value);
}

TEST(FoldBatchNorm, KeepsTheNetworkAsItWas) {
  test::Draft d({2, 4, 4});
  d.conv("conv", 2, 3, 3);
  d.batch_norm("norm", 3);
  const graph::FoldedNetwork folded = graph::fold(d.build());
  EXPECT_EQ(folded->layers.size(), 2u);
  EXPECT_EQ(folded.unfolded().layers.size(), 3u);
  EXPECT_TRUE(folded.unfolded().layers.back().is<graph::BatchNorm>());
}

}  // namespace
}  // namespace phasecore
