#include <gtest/gtest.h>

#include "models/graph/ops/recurrent.hpp"
#include "tests/models/graph/draft.hpp"

namespace phasecore {
namespace {

using graph::Shape;

TEST(Network, ShapesOfEveryLayerTypeAreInferred) {
  const graph::Network n = test::all_layer_types();
  const std::vector<std::pair<std::string, Shape>> expected{{"input", {2, 9, 8}},
                                                            {"stem", {6, 9, 8}},
                                                            {"norm", {6, 9, 8}},
                                                            {"relu", {6, 9, 8}},
                                                            {"depthwise", {6, 9, 8}},
                                                            {"clip", {6, 9, 8}},
                                                            {"add", {6, 9, 8}},
                                                            {"max_pool", {6, 4, 4}},
                                                            {"average_pool", {6, 4, 3}},
                                                            {"reshape", {3, 8, 3}},
                                                            {"dilated", {4, 4, 3}},
                                                            {"global_pool", {4, 1, 1}},
                                                            {"flatten", {4}},
                                                            {"fc", {5}},
                                                            {"fc_norm", {5}},
                                                            {"softmax", {5}}};
  ASSERT_EQ(n.layers.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(n.layers[i].name, expected[i].first);
    EXPECT_EQ(n.layers[i].shape, expected[i].second) << n.layers[i].name;
  }
}

struct OutputSize {
  int in, kernel, stride, dilation, before, after;
  bool ceil_mode;
  int out;
};

TEST(Network, OutputSizesOfPoolsAreThoseOfPyTorch) {
  // Worked out with torch.nn.functional.max_pool2d's formula, including the window that may not start in the
  // padding.
  const std::vector<OutputSize> cases{
      {7, 2, 2, 1, 0, 0, false, 3}, {7, 2, 2, 1, 0, 0, true, 4},  {28, 3, 2, 1, 1, 1, false, 14},
      {5, 3, 2, 1, 1, 1, true, 3},  {6, 3, 2, 2, 1, 1, false, 2}, {6, 3, 2, 2, 1, 1, true, 3},
      {4, 2, 3, 1, 1, 1, true, 2},  {3, 2, 4, 1, 0, 1, true, 1},  {1, 1, 1, 1, 0, 0, false, 1},
      {8, 1, 3, 1, 0, 0, true, 3},
  };
  for (const OutputSize& c : cases) {
    test::Draft d({1, c.in, 1});
    graph::Window& pool = d.pool<graph::MaxPool>("pool", 1, 1);
    pool.kernel_h = c.kernel;
    pool.stride_h = c.stride;
    pool.dilation_h = c.dilation;
    pool.pad_top = c.before;
    pool.pad_bottom = c.after;
    pool.ceil_mode = c.ceil_mode;
    EXPECT_EQ(d.build().layers.back().shape, (Shape{1, c.out, 1}))
        << c.in << " kernel " << c.kernel << " stride " << c.stride << " dilation " << c.dilation << " ceil "
        << c.ceil_mode;
  }
}

TEST(Network, MacsAndParametersAreCounted) {
  const graph::Network n = test::all_layer_types();
  EXPECT_EQ(graph::macs(n, n.find("stem")), 6LL * 9 * 8 * 2 * 9);
  EXPECT_EQ(graph::macs(n, n.find("depthwise")), 6LL * 9 * 8 * 9);
  EXPECT_EQ(graph::macs(n, n.find("dilated")), 4LL * 4 * 3 * 3 * 9);
  EXPECT_EQ(graph::macs(n, n.find("fc")), 20);
  EXPECT_EQ(graph::macs(n, n.find("relu")), 0);
  // stem 108 + 6, norm 12, depthwise 54 + 6, dilated 108, fc 20 + 5, fc_norm 10
  EXPECT_EQ(graph::parameters(n), 114 + 12 + 60 + 108 + 25 + 10);
}

/// Of 5 steps of 3 values to 2 hidden ones.
long long macs_of(graph::Recurrent::Kind kind, int directions, graph::Recurrent::Result result) {
  graph::Recurrent op;
  op.kind = kind;
  op.result = result;
  op.input_weights = test::random_tensor({directions, op.gates() * 2, 3}, 1);
  op.state_weights = test::random_tensor({directions, op.gates() * 2, 2}, 2);
  op.functions.assign(static_cast<std::size_t>(directions) * op.functions_each(),
                      graph::Recurrent::Function::Tanh);
  test::Draft d({5, 3});
  d.add("cell", std::move(op));
  const graph::Network n = d.build();
  return graph::macs(n, n.find("cell"));
}

TEST(Network, MacsOfRecurrentLayersAreThoseOfAllStepsAndDirections) {
  using Recurrent = graph::Recurrent;
  EXPECT_EQ(macs_of(Recurrent::Kind::Lstm, 1, Recurrent::Result::Sequence), 5 * 4 * 2 * (3 + 2));
  EXPECT_EQ(macs_of(Recurrent::Kind::Lstm, 2, Recurrent::Result::Sequence), 2 * 5 * 4 * 2 * (3 + 2));
  EXPECT_EQ(macs_of(Recurrent::Kind::Lstm, 1, Recurrent::Result::Cells), 5 * 4 * 2 * (3 + 2));
  EXPECT_EQ(macs_of(Recurrent::Kind::Gru, 1, Recurrent::Result::State), 5 * 3 * 2 * (3 + 2));
  EXPECT_EQ(macs_of(Recurrent::Kind::Rnn, 1, Recurrent::Result::State), 5 * 1 * 2 * (3 + 2));
}

TEST(Network, ConsumersListsEachReaderOnce) {
  test::Draft d({3});
  d.add<graph::Relu>("relu");
  d.add<graph::Add>("twice", {1, 1});
  d.add<graph::Add>("sum", {1, 2});
  const auto consumers = d.build().consumers();
  EXPECT_EQ(consumers, (std::vector<std::vector<int>>{{1}, {2, 3}, {3}, {}}));
}

TEST(Network, FindGivesTheIndexOrMinusOne) {
  const graph::Network n = test::all_layer_types();
  EXPECT_EQ(n.find("input"), 0);
  EXPECT_EQ(n.find("softmax"), static_cast<int>(n.layers.size()) - 1);
  EXPECT_EQ(n.find("soft"), -1);
}

TEST(Network, ShapesReadWell) {
  EXPECT_EQ(graph::to_string({16, 28, 28}), "16x28x28");
  EXPECT_EQ(graph::to_string({10}), "10");
  EXPECT_EQ(graph::to_string({}), "scalar");
  EXPECT_EQ(graph::volume({16, 28, 28}), 12544);
}

}  // namespace
}  // namespace phasecore
