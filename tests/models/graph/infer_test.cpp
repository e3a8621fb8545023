#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/constant.hpp"
#include "tests/models/graph/draft.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

std::vector<float> run(const test::Draft& d, std::vector<float> x) {
  const graph::Network n = d.build();
  return graph::infer(n, {1, n.input().shape, std::move(x)}).at(0).values;
}

TEST(Infer, ResultsAreBitEqualForEveryBatchSize) {
  const graph::Network n = test::all_layer_types();
  const graph::Batch whole = test::random_batch(7, n.input().shape, 1);
  const std::vector<graph::Batch> together = graph::infer(n, whole);
  ASSERT_EQ(together.size(), 2u);
  const std::size_t per_image = whole.values.size() / 7;
  for (int s = 0; s < 7; ++s) {
    const graph::Batch one{
        1, whole.shape, {whole.values.begin() + s * per_image, whole.values.begin() + (s + 1) * per_image}};
    const std::vector<graph::Batch> alone = graph::infer(n, one);
    for (int output = 0; output < 2; ++output)
      for (int i = 0; i < 5; ++i) EXPECT_EQ(alone[output].values[i], together[output].values[s * 5 + i]);
  }
}

TEST(Infer, AllLayersAreGivenWithTheOutputsAmongThem) {
  const graph::Network n = test::all_layer_types();
  const graph::Batch x = test::random_batch(3, n.input().shape, 2);
  const std::vector<graph::Batch> all = graph::infer_all(n, x);
  const std::vector<graph::Batch> outputs = graph::infer(n, x);
  ASSERT_EQ(all.size(), n.layers.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].shape, n.layers[i].shape);
    EXPECT_EQ(all[i].samples, 3);
    EXPECT_EQ(static_cast<long long>(all[i].values.size()), 3 * graph::volume(n.layers[i].shape));
  }
  EXPECT_EQ(all[0].values, x.values);
  EXPECT_EQ(all[n.outputs[0]].values, outputs[0].values);
  EXPECT_EQ(all[n.outputs[1]].values, outputs[1].values);
}

/// Constants and what is read far behind stay where they are while others share memory.
TEST(Infer, ValuesLastUntilTheirLastReader) {
  test::Draft d({2, 3});
  for (int i = 0; i < 4; ++i) d.add("before" + std::to_string(i), graph::Relu(), {i});
  d.add("constant", graph::Constant(test::random_tensor({2, 3}, 2)), {});
  d.network().layers.back().inputs = {};
  d.add<graph::Add>("sum", {4, 5});
  for (int i = 0; i < 4; ++i) d.add("behind" + std::to_string(i), graph::Relu(), {6 + i});
  d.add<graph::Sub>("difference", {10, 5});
  d.add<graph::Add>("end", {11, 1});
  const graph::Network n = d.build();
  const graph::Batch x = test::random_batch(3, n.input().shape, 4);
  EXPECT_EQ(graph::infer(n, x)[0].values, graph::infer_all(n, x).back().values);
}

TEST(Infer, SamplesOneByOneAreThoseOfTheBatch) {
  const graph::Network n = test::all_layer_types();
  const graph::Batch x = test::random_batch(5, n.input().shape, 2);
  const std::vector<graph::Batch> all = graph::infer_all(n, x);
  int seen = 0;
  graph::for_each_sample(n, x, 3, [&](int sample, const std::vector<std::vector<float>>& values) {
    EXPECT_EQ(sample, seen++);
    ASSERT_EQ(values.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto begin = all[i].values.begin() + sample * graph::volume(all[i].shape);
      EXPECT_EQ(values[i], std::vector<float>(begin, begin + graph::volume(all[i].shape))) << i;
    }
  });
  EXPECT_EQ(seen, 3);
}

TEST(Infer, GemmIsWeightsTimesInputPlusBias) {
  test::Draft d({3});
  auto& fc = d.gemm("fc", 3, 2);
  fc.weights.values = {1, 2, 3, 4, 5, 6};
  fc.bias.values = {0.5f, -0.5f};
  EXPECT_EQ(run(d, {1, 0, -1}), (std::vector<float>{-1.5f, -2.5f}));
}

TEST(Infer, LongGemmSumsEqualTheirDefinition) {
  test::Draft d({1000});
  d.gemm("fc", 1000, 7);
  const graph::Network n = d.build();
  const graph::Batch x = test::random_batch(1, {1000}, 3);
  const std::vector<float> y = graph::infer(n, x)[0].values;
  const auto& fc = *n.layers[1].as<graph::Gemm>();
  for (int o = 0; o < 7; ++o) {
    double sum = fc.bias.values[o];
    for (int k = 0; k < 1000; ++k) sum += static_cast<double>(fc.weights.values[o * 1000 + k]) * x.values[k];
    EXPECT_NEAR(y[o], sum, 1e-4);
  }
}

TEST(Infer, BatchNormFollowsItsDefinition) {
  test::Draft d({2, 1, 2});
  auto& norm = d.batch_norm("norm", 2);
  norm.scale.values = {2, 1};
  norm.offset.values = {1, 0};
  norm.mean.values = {3, -1};
  norm.variance.values = {4, 0.25f};
  norm.epsilon = 0;
  EXPECT_EQ(run(d, {3, 5, 0, -1}), (std::vector<float>{1, 3, 2, 0}));
}

TEST(Infer, ReluClipAndAddWorkElementwise) {
  test::Draft d({4});
  d.add<graph::Relu>("relu");
  d.add("clip", graph::Clip(-std::numeric_limits<float>::infinity(), 6));
  d.add<graph::Add>("sum", {0, 2});
  EXPECT_EQ(run(d, {-2, 0, 3, 9}), (std::vector<float>{-2, 0, 6, 15}));
}

TEST(Infer, SoftmaxIsStableForLargeInputs) {
  test::Draft d({3});
  d.add<graph::Softmax>("softmax");
  const std::vector<float> y = run(d, {1000, 1000, 999});
  const double e = std::exp(-1.0);
  EXPECT_NEAR(y[0], 1 / (2 + e), 1e-7);
  EXPECT_NEAR(y[2], e / (2 + e), 1e-7);
}

TEST(Infer, RefusesAnInputOfAnotherShape) {
  const graph::Network n = test::all_layer_types();
  test::expect_input_error(
      [&] {
        graph::infer(n, test::random_batch(1, {3, 32, 32}, 1));
      },
      "error: the input is 3x32x32; network 'draft' takes 2x9x8");
}

}  // namespace
}  // namespace phasecore
