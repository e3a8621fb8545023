// Which layers a chip executes as one step, for chips whose layers feed each other and for those whose host
// adds and pools.
#include "models/graph/steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "models/graph/moving.hpp"
#include "models/graph/ops/concat.hpp"
#include "models/graph/ops/global_max_pool.hpp"
#include "models/graph/ops/normalization.hpp"
#include "models/graph/ops/pad.hpp"
#include "models/graph/ops/pointwise.hpp"
#include "models/graph/ops/transpose.hpp"
#include "tests/models/graph/draft.hpp"

namespace phasecore {
namespace {

using graph::Interlayer;
using test::Draft;
using testing::ElementsAre;

const char* word(graph::StepKind kind) {
  switch (kind) {
    case graph::StepKind::Product:
      return "product";
    case graph::StepKind::Elementwise:
      return "elementwise";
    case graph::StepKind::Pool:
      return "pool";
    case graph::StepKind::Move:
      return "move";
    case graph::StepKind::Normalisation:
      return "normalisation";
    case graph::StepKind::Alone:
      return "alone";
  }
  return "?";
}

/// "product conv norm relu of 0": what it is, its layers, the steps it reads ("image"). A trailing "| x"
/// names the layer that is rounded where it is not the last, "logits" the step that leaves the chip.
std::vector<std::string> written(const graph::Network& network, Interlayer interlayer) {
  std::vector<std::string> lines;
  for (const graph::Step& step : graph::steps(network, interlayer).steps) {
    std::string line = word(step.kind);
    for (const int layer : step.layers) line += " " + network.layers[layer].name;
    line += " of";
    for (const int input : step.inputs)
      line += input == graph::kImage ? " image" : " " + std::to_string(input);
    if (step.rounded >= 0 && step.rounded != step.layers.back())
      line += " | " + network.layers[step.rounded].name;
    if (step.logits) line += ", logits";
    lines.push_back(line);
  }
  return lines;
}

/// A block of two convolutions with batch norms and a projection beside them, pooled and classified.
graph::Network residual() {
  Draft d({2, 6, 6});
  d.conv("stem", 2, 4, 3, 1, 1);
  d.batch_norm("stem.norm", 4);
  const int stem = (d.add<graph::Relu>("stem.relu"), d.last());
  d.conv("conv1", 4, 4, 3, 1, 1);
  d.batch_norm("norm1", 4);
  d.add<graph::Relu>("relu1");
  d.conv("conv2", 4, 4, 3, 1, 1);
  const int branch = (d.batch_norm("norm2", 4), d.last());
  d.conv("shortcut", 4, 4, 1);
  d.network().layers.back().inputs = {stem};
  d.batch_norm("norm3", 4);
  d.add<graph::Add>("add", {branch, d.last()});
  d.add<graph::Relu>("relu");
  d.add<graph::GlobalAveragePool>("pool");
  d.add<graph::Flatten>("flatten");
  d.gemm("classifier", 4, 3);
  d.add<graph::Softmax>("softmax");
  return d.build();
}

TEST(Steps, OfANetworkOnChipAddAndPoolWithTheLaterConvolution) {
  EXPECT_THAT(
      written(residual(), Interlayer::Network),
      ElementsAre("product stem stem.norm stem.relu of image", "product conv1 norm1 relu1 of 0",
                  "product conv2 norm2 of 1", "product shortcut norm3 add relu pool flatten of 0 2 | pool",
                  "product classifier of 3, logits"));
}

TEST(Steps, BetweenWhichTheHostStandsAddAndPoolByThemselves) {
  EXPECT_THAT(
      written(residual(), Interlayer::Host),
      ElementsAre("product stem stem.norm stem.relu of image", "product conv1 norm1 relu1 of 0",
                  "product conv2 norm2 of 1", "product shortcut norm3 of 0", "elementwise add relu of 2 3",
                  "pool pool flatten of 4 | pool", "product classifier of 5, logits"));
}

TEST(Steps, AreTheSameWithBatchNormsFolded) {
  for (const auto interlayer : {Interlayer::Network, Interlayer::Host}) {
    std::vector<std::string> without_norms;
    for (std::string line : written(residual(), interlayer)) {
      for (const char* norm : {" stem.norm", " norm1", " norm2", " norm3"})
        if (const auto at = line.find(norm); at != std::string::npos)
          line.erase(at, std::string(norm).size());
      without_norms.push_back(line);
    }
    EXPECT_EQ(written(*graph::fold(residual()), interlayer), without_norms);
  }
}

TEST(Steps, KnowWhereSumsAreCompleteAndWhatTheHostComputesAtTheEnd) {
  const graph::Network network = residual();
  const graph::Steps steps = graph::steps(network, Interlayer::Network);
  std::vector<std::string> sums;
  for (const graph::Step& step : steps.steps) sums.push_back(network.layers[step.sums].name);
  EXPECT_THAT(sums, ElementsAre("stem.norm", "norm1", "norm2", "norm3", "classifier"));
  EXPECT_THAT(steps.host_tail, ElementsAre(network.find("softmax")));
  EXPECT_EQ(steps.of[network.find("softmax")], graph::kImage);
  EXPECT_EQ(steps.of[0], graph::kImage);
  EXPECT_TRUE(steps.joins(network.find("add"), network.find("norm3")));
  EXPECT_FALSE(steps.joins(network.find("add"), network.find("norm2")));
  EXPECT_FALSE(steps.joins(network.find("conv1"), network.find("stem.relu")));
}

TEST(Steps, DoNotChangeAValueThatOthersRead) {
  Draft d({4, 6, 6});
  const int raw = (d.conv("a", 4, 4, 3, 1, 1), d.last());
  d.add<graph::Relu>("relu");  // before the second convolution, while the sum reads the raw value
  d.conv("b", 4, 4, 3, 1, 1);
  d.add<graph::Add>("add", {d.last(), raw});
  EXPECT_THAT(written(d.build(), Interlayer::Network),
              ElementsAre("product a of image", "elementwise relu of 0", "product b add of 1 0, logits"));
}

TEST(Steps, ClampBeforeAMaximumButNotBehindAnAverage) {
  Draft most({4, 6, 6});
  most.conv("conv", 4, 4, 3, 1, 1);
  most.pool<graph::MaxPool>("pool", 2, 2);
  most.add<graph::Relu>("relu");
  EXPECT_THAT(written(most.build(), Interlayer::Network),
              ElementsAre("product conv pool relu of image, logits"));
  EXPECT_THAT(written(most.build(), Interlayer::Host),
              ElementsAre("product conv of image", "pool pool relu of 0, logits"));
  Draft mean({4, 6, 6});
  mean.conv("conv", 4, 4, 3, 1, 1);
  mean.pool<graph::AveragePool>("pool", 2, 2);
  mean.add<graph::Relu>("relu");
  EXPECT_THAT(written(mean.build(), Interlayer::Network),
              ElementsAre("product conv pool of image", "elementwise relu of 0, logits"));
}

TEST(Steps, PoolByThemselvesWhereTwoWindowsEndAtOnePixel) {
  Draft d({4, 5, 5});
  d.conv("conv", 4, 4, 3, 1, 1);
  graph::Window& window = d.pool<graph::MaxPool>("pool", 3, 1);
  window.pad_bottom = window.pad_right = window.pad_top = window.pad_left = 1;
  EXPECT_THAT(written(d.build(), Interlayer::Network),
              ElementsAre("product conv of image", "pool pool of 0, logits"));
}

TEST(Steps, AddOneValueTwiceAndTheImageByThemselves) {
  Draft d({4, 6, 6});
  const int relu = (d.add<graph::Relu>("relu"), d.last());
  d.add<graph::Add>("twice", {relu, relu});
  d.add<graph::Add>("with_image", {d.last(), 0});
  EXPECT_THAT(written(d.build(), Interlayer::Network),
              ElementsAre("elementwise relu of image", "elementwise twice of 0 0",
                          "elementwise with_image of 1 image, logits"));
}

TEST(Steps, BeginWithABatchNormThatNoConvolutionTakesIn) {
  Draft d({4, 6, 6});
  d.pool<graph::MaxPool>("pool", 2, 2);
  d.batch_norm("norm", 4);
  d.add<graph::Relu>("relu");
  EXPECT_THAT(written(d.build(), Interlayer::Network),
              ElementsAre("pool pool of image", "product norm relu of 0, logits"));
}

TEST(Steps, TakeTheRangeOfAReshapingOnlyIfItAloneHasOne) {
  graph::Network network = residual();
  const auto range = [&] {
    const graph::Steps steps = graph::steps(network, Interlayer::Network);
    return network.layers[steps.steps[3].range].name;
  };
  EXPECT_EQ(range(), "pool");
  network.ranges["flatten"] = 2;
  EXPECT_EQ(range(), "flatten");
  network.ranges["pool"] = 3;
  EXPECT_EQ(range(), "pool");
  network.ranges.erase("pool");
  network.ranges["relu"] = 4;  // of a value that is never rounded
  EXPECT_EQ(range(), "flatten");
}

/// Two branches side by side, of which one is also read alone; then a sum of other shapes.
graph::Network joined() {
  Draft d({4, 6, 6});
  d.conv("left", 4, 4, 3, 1, 1);
  const int left = d.last();
  d.conv("right", 4, 4, 1);
  d.network().layers.back().inputs = {0};
  d.add<graph::Relu>("relu");
  d.add("cat", graph::Concat(0, 2), {left, d.last()});
  d.conv("both", 8, 4, 3, 1, 1);
  const int both = d.last();
  d.add<graph::GlobalAveragePool>("mean", {left});
  d.add<graph::Add>("sum", {both, d.last()});
  return d.build();
}

TEST(Steps, WhatOnlyMovesIsRoundedNowhereAndJoinsNothing) {
  EXPECT_THAT(written(joined(), Interlayer::Network),
              ElementsAre("product left of image", "product right relu of image", "move cat of 0 1",
                          "product both of 2", "pool mean of 0", "elementwise sum of 3 4, logits"));
  const graph::Network network = joined();
  const graph::Steps steps = graph::steps(network, Interlayer::Network);
  EXPECT_EQ(steps.steps[2].rounded, -1);
  EXPECT_EQ(steps.steps[2].range, -1);
}

TEST(Steps, WhatIsJoinedHasOneRange) {
  const graph::Network network = joined();
  EXPECT_THAT(graph::steps(network, Interlayer::Network).shared_ranges,
              ElementsAre(ElementsAre(network.find("left"), network.find("relu"))));
  Draft d({4, 6, 6});
  d.conv("conv", 4, 4, 3, 1, 1);
  d.add("cat", graph::Concat(0, 2), {0, d.last()});
  d.conv("next", 8, 4, 1);
  EXPECT_THAT(graph::steps(d.build(), Interlayer::Host).shared_ranges, ElementsAre(ElementsAre(0, 1)))
      << "the image, too";
}

TEST(Moving, PlacesAreThoseOfTheFloatOperator) {
  graph::Pad pad;
  pad.before = {0, 1, 0};
  pad.after = {0, 0, 1};
  EXPECT_THAT(graph::moved_from(pad, {{1, 1, 2}}, {1, 2, 3}), ElementsAre(-1, -1, -1, 0, 1, -1));
  EXPECT_THAT(graph::moved_from(graph::Concat(0, 2), {{1, 1, 1}, {2, 1, 1}}, {3, 1, 1}),
              ElementsAre(0, 1, 2));
  const int many = (1 << 17) + 3;
  EXPECT_EQ(graph::moved_from(graph::Transpose({1, 0}), {{many, 1}}, {1, many}).back(), many - 1);
}

/// An operator that no part of the library knows.
class Strange final : public graph::OperatorOf<Strange> {
 public:
  std::string name() const override { return "org.example::Strange"; }
  graph::Shape infer_shape(const std::vector<graph::Source>& sources, graph::Findings&) const override {
    return *sources[0].shape;
  }
  void run(const std::vector<graph::Sample>&, const graph::Shape&, float*, graph::Scratch&) const override {}
};

TEST(Steps, OfAnUnknownOperatorStandAlone) {
  Draft d({4, 6, 6});
  d.conv("conv", 4, 4, 3, 1, 1);
  d.add<Strange>("strange");
  d.add<graph::Relu>("relu");
  EXPECT_THAT(written(d.build(), Interlayer::Network),
              ElementsAre("product conv of image", "alone strange of 0", "elementwise relu of 1, logits"));
}

/// Functions of single values behind a convolution, a clamp, a pool and a normalisation.
graph::Network of_functions() {
  Draft d({2, 6, 6});
  d.conv("conv", 2, 4, 3, 1, 1);
  d.add<graph::HardSwish>("first");
  d.add<graph::Relu>("clamp");
  d.add<graph::Gelu>("second");
  d.add<graph::GlobalMaxPool>("pool");
  d.add<graph::Tanh>("behind");
  graph::GroupNorm norm;
  norm.groups = 2;
  norm.scale = norm.offset = test::random_tensor({4}, 5);
  d.add("norm", norm);
  d.add<graph::Sigmoid>("last");
  return d.build();
}

TEST(Steps, TakeFunctionsUntilTheyPool) {
  EXPECT_THAT(written(of_functions(), Interlayer::Network),
              ElementsAre("product conv first clamp second pool of image", "elementwise behind of 0",
                          "normalisation norm last of 1, logits"));
}

TEST(Steps, BetweenWhichTheHostStandsLeaveFunctionsToIt) {
  EXPECT_THAT(written(of_functions(), Interlayer::Host),
              ElementsAre("product conv of image", "elementwise first clamp second of 0", "pool pool of 1",
                          "elementwise behind of 2", "normalisation norm last of 3, logits"));
}

}  // namespace
}  // namespace phasecore
