// Nodes that become part of a neighbour: each network computes what its nodes say, with the layers named.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/graph/ops/conv.hpp"
#include "models/graph/ops/pool.hpp"
#include "tests/models/onnx/run_model.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::import;
using test::ModelBuilder;
using test::one_node;
using test::operators_of;
using test::run;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;

/// conv (1x1, two filters: x and 2x) or relu or nothing, then `op` with a constant per channel, first or
/// second.
ModelBuilder with_constant(const std::string& op, const std::string& before, bool constant_first) {
  ModelBuilder m;
  m.input("x", {1, 2, 1, 2}).weights("w", {2, 1, 1, 1}, {1, 2}).weights("c", {1, 2, 1, 1}, {2, 4});
  if (before == "Conv") m.node("Conv", "before", {"x", "w"}, {"a"}).set("group", 2);
  if (before == "Relu") m.node("Relu", "before", {"x"}, {"a"});
  const std::string from = before.empty() ? "x" : "a";
  m.node(op, "n", constant_first ? Names{"c", from} : Names{from, "c"}, {"y"}).output("y");
  return m;
}

TEST(Simplify, AConstantPerChannelIsTakenUpByTheConvolutionBefore) {
  const Floats x{1, 3, 5, 7};  // the convolution makes {1, 3}, {10, 14}
  const std::vector<std::tuple<std::string, bool, Floats>> cases{
      {"Add", false, {3, 5, 14, 18}},          {"Add", true, {3, 5, 14, 18}},  {"Sub", false, {-1, 1, 6, 10}},
      {"Sub", true, {1, -1, -6, -10}},         {"Mul", false, {2, 6, 40, 56}}, {"Mul", true, {2, 6, 40, 56}},
      {"Div", false, {0.5f, 1.5f, 2.5f, 3.5f}}};
  for (const auto& [op, first, expected] : cases) {
    const graph::Network n = import(with_constant(op, "Conv", first));
    EXPECT_EQ(operators_of(n), (Names{"Conv"})) << op;
    EXPECT_EQ(run(n, x), expected) << op;
  }
}

TEST(Simplify, AConstantPerChannelElsewhereIsABatchNorm) {
  for (const std::string before : {"", "Relu"}) {
    const graph::Network n = import(with_constant("Sub", before, true));
    EXPECT_EQ(operators_of(n).back(), "BatchNormalization");
    EXPECT_EQ(n.layers.back().name, "n");
    EXPECT_EQ(run(n, {1, 3, 5, 7}), (Floats{1, -1, -1, -3}));
  }
}

TEST(Simplify, ABatchNormInPiecesIsOneLayer) {
  ModelBuilder m;
  m.input("x", {1, 2, 1, 1}).weights("mean", {2, 1, 1}, {1, 2}).weights("deviation", {2, 1, 1}, {2, 4});
  m.weights("scale", {2, 1, 1}, {3, 5}).weights("offset", {}, {10});
  m.node("Sub", "", {"x", "mean"}, {"a"}).node("Div", "", {"a", "deviation"}, {"b"});
  m.node("Mul", "", {"b", "scale"}, {"c"}).node("Add", "", {"c", "offset"}, {"y"}).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(operators_of(n), (Names{"BatchNormalization"}));
  EXPECT_EQ(run(n, {5, 10}), (Floats{3 * 2 + 10, 5 * 2 + 10}));
}

// The product is an output, or read under two names: its weights must stay as they are.
TEST(Simplify, ALayerThatOthersReadTakesNothingUp) {
  ModelBuilder output;
  output.input("x", {1, 1})
      .weights("w", {1, 1}, {3})
      .weights("c", {1}, {10})
      .node("MatMul", "mm", {"x", "w"}, {"p"});
  output.node("Mul", "n", {"p", "c"}, {"y"}).output("y").output("p");
  const graph::Network n = import(output);
  EXPECT_EQ(operators_of(n), (Names{"Gemm", "BatchNormalization"}));
  const auto y = graph::infer(n, {1, {1}, {2}});
  EXPECT_EQ(y[0].values, (Floats{60}));
  EXPECT_EQ(y[1].values, (Floats{6}));
  // Through an Identity that is not the only reader, and a Pad that does nothing.
  ModelBuilder named;
  named.input("x", {1, 1, 1, 1})
      .weights("w", {1, 1, 1, 1}, {3})
      .weights("c", {1}, {10})
      .ints("none", std::vector<std::int64_t>(8, 0));
  named.node("Conv", "conv", {"x", "w"}, {"p"}).node("Pad", "", {"p", "none"}, {"q"});
  named.node("Identity", "", {"q"}, {"r"})
      .node("Add", "n", {"r", "c"}, {"s"})
      .node("Add", "", {"s", "p"}, {"y"});
  EXPECT_EQ(run(import(named.output("y")), {2}), (Floats{6 + 10 + 6}));
}

TEST(Simplify, AConstantThatDiffersWithinAChannelIsAnOperandOfItsOwn) {
  ModelBuilder m = one_node("Mul", {1, 2, 1, 2}, {"c"});
  const graph::Network n = import(m.weights("c", {2}, {1, 10}));
  EXPECT_EQ(operators_of(n), (Names{"Constant", "Mul"}));
  EXPECT_EQ(run(n, {1, 2, 3, 4}), (Floats{1, 20, 3, 40}));
  ModelBuilder reciprocal = one_node("Relu", {1, 2});
  reciprocal.graph().mutable_node(0)->set_output(0, "a");
  reciprocal.weights("c", {2}, {1, 10}).node("Div", "d", {"c", "a"}, {"y"});
  EXPECT_EQ(run(import(reciprocal), {2, 4}), (Floats{0.5f, 2.5f}));
}

TEST(Simplify, NodesThatDoNothingMakeNoLayer) {
  const std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  ModelBuilder m;
  m.input("x", {1, 2, 1, 2}).ints("none", std::vector<std::int64_t>(8, 0)).ints("shape", {1, 2, 1, 2});
  m.ints("zeros", {0, -2})
      .ints("ends", {largest, 2})
      .ints("axes", {-1, 1})
      .weights("one", {}, {1})
      .weights("zero", {1, 2, 1, 1}, {0, 0});
  m.node("Relu", "relu", {"x"}, {"a"})
      .node("Pad", "", {"a", "none"}, {"b"})
      .node("Expand", "", {"b", "shape"}, {"c"});
  m.node("Slice", "", {"c", "zeros", "ends", "axes"}, {"d"}).node("Concat", "", {"d"}, {"e"}).set("axis", 1);
  m.node("Transpose", "", {"e"}, {"f"}).set_list("perm", {0, 1, 2, 3}).node("Mul", "", {"f", "one"}, {"g"});
  m.node("Add", "", {"g", "zero"}, {"h"}).node("Cast", "", {"h"}, {"i"}).set("to", 10);
  m.node("Cast", "", {"i"}, {"y"}).set("to", 1).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(operators_of(n), (Names{"Relu"}));
  EXPECT_EQ(run(n, {1, -2, 3, -4}), (Floats{1, 0, 3, 0}));
}

/// Zeros above, left, below and right, then `op` 2x2.
ModelBuilder padded(const std::string& op, const std::vector<int>& zeros, const std::string& before = "") {
  ModelBuilder m;
  m.input("x", {1, 1, 2, 2}).ints("pads", {0, 0, zeros[0], zeros[1], 0, 0, zeros[2], zeros[3]});
  m.weights("w", {1, 1, 2, 2}, {1, 2, 3, 4});
  if (!before.empty()) m.node(before, "before", {"x"}, {"r"});
  m.node("Pad", "pad", {before.empty() ? "x" : "r", "pads"}, {"a"});
  m.node(op, "n", op == "Conv" ? Names{"a", "w"} : Names{"a"}, {"y"})
      .set_list("kernel_shape", {2, 2})
      .output("y");
  return m;
}

TEST(Simplify, ZerosAroundAnImageBecomePaddingOfTheConvolution) {
  ModelBuilder m = padded("Conv", {1, 2, 3, 4});
  const graph::Network n = import(m.set_list("strides", {3, 3}).set_list("pads", {1, 0, 0, 0}));
  EXPECT_EQ(operators_of(n), (Names{"Conv"}));
  const graph::Window& w = n.layers[1].as<graph::Conv>()->window;
  EXPECT_EQ((std::vector<int>{w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}),
            (std::vector<int>{2, 2, 3, 4}));
  // 8 columns and 7 rows; places at rows 0, 3 and columns 0, 3, 6: the image is at rows 2, 3 and columns
  // 2, 3.
  EXPECT_EQ(run(n, {1, 2, 3, 4}), (Floats{0, 0, 0, 0, 4 * 1, 0}));
  EXPECT_EQ(operators_of(import(padded("Conv", {1, 2, 3, 4}).set("auto_pad", std::string("VALID")))),
            (Names{"Conv"}));
}

TEST(Simplify, ZerosAroundAnImageCountInTheAverage) {
  ModelBuilder m = padded("AveragePool", {1, 0, 1, 1});
  const graph::Network n = import(m.set_list("strides", {2, 2}));
  EXPECT_EQ(operators_of(n), (Names{"AveragePool"}));
  EXPECT_TRUE(n.layers[1].as<graph::Pool>()->window.count_include_pad);
  EXPECT_EQ(run(n, {4, 8, 12, 16}), (Floats{3, 7}));
}

TEST(Simplify, ZerosAroundAnImageArePaddingOfAMaximumOnlyIfNothingIsNegative) {
  const graph::Network n = import(padded("MaxPool", {1, 0, 1, 1}, "Relu").set_list("strides", {2, 2}));
  EXPECT_EQ(operators_of(n), (Names{"Relu", "MaxPool"}));
  EXPECT_EQ(run(n, {-1, 2, 3, -4}), (Floats{2, 3}));
  EXPECT_EQ(operators_of(import(padded("MaxPool", {1, 0, 1, 1}))), (Names{"Pad", "MaxPool"}));
  // A window of zeros alone is 0; of padding alone, nothing.
  EXPECT_EQ(operators_of(import(padded("MaxPool", {2, 0, 1, 1}, "Relu"))), (Names{"Relu", "Pad", "MaxPool"}));
  EXPECT_EQ(operators_of(import(padded("AveragePool", {0, 0, 2, 0}))), (Names{"Pad", "AveragePool"}));
}

/// x * f(x) of an image, for what exporters write as two or three nodes.
ModelBuilder gated(const Names& functions, bool gate_first) {
  ModelBuilder m(18);
  m.input("x", {1, 2, 1, 2});
  std::string at = "x";
  for (const auto& function : functions) {
    m.node(function, function, {at}, {function});
    if (function == "HardSigmoid") m.set("alpha", 1.0f / 6);
    at = function;
  }
  m.node("Mul", "gated", gate_first ? Names{at, "x"} : Names{"x", at}, {"y"}).output("y");
  return m;
}

TEST(Simplify, AValueTimesAFunctionOfItIsOneFunction) {
  const std::vector<std::pair<Names, std::string>> cases{
      {{"Sigmoid"}, "Swish"}, {{"HardSigmoid"}, "HardSwish"}, {{"Softplus", "Tanh"}, "Mish"}};
  for (const auto& [functions, name] : cases)
    for (const bool gate_first : {false, true}) {
      const graph::Network n = import(gated(functions, gate_first));
      EXPECT_EQ(operators_of(n), (Names{name}));
      EXPECT_EQ(n.layers.back().name, "gated");
      const Floats y = run(n, {-4, -0.5f, 0, 2});
      if (name == "Swish") {
        EXPECT_FLOAT_EQ(y[3], 2 / (1 + std::exp(-2.0f)));
      }
      if (name == "HardSwish") {
        EXPECT_FLOAT_EQ(y[1], -0.5f * (2.5f / 6));
      }
    }
}

TEST(Simplify, AValueTimesAFunctionOfAnotherStaysAProduct) {
  ModelBuilder m;
  m.input("x", {1, 2, 1, 2}).node("Relu", "a", {"x"}, {"a"}).node("Sigmoid", "gate", {"x"}, {"g"});
  m.node("Mul", "n", {"a", "g"}, {"y"}).output("y");
  EXPECT_EQ(operators_of(import(m)), (Names{"Relu", "Sigmoid", "Mul"}));
}

/// Gelu as exporters write it: with a Div or a Mul inside, 1/2 in front of x or behind the product; `rank`
/// dimensions (constants are batch norms for four, operands for three).
ModelBuilder gelu(int rank, bool divides, bool half_first, float inside = 0.70710677f) {
  ModelBuilder m;
  m.input("x", rank == 4 ? std::vector<long long>{1, 2, 1, 2} : std::vector<long long>{1, 2, 2});
  m.weights("root", {}, {divides ? 1 / inside : inside}).weights("one", {}, {1}).weights("half", {}, {0.5f});
  m.node(divides ? "Div" : "Mul", "scaled", {"x", "root"}, {"s"}).node("Erf", "erf", {"s"}, {"e"});
  m.node("Add", "plus", {"e", "one"}, {"p"});
  if (half_first) {
    m.node("Mul", "halved", {"half", "x"}, {"h"}).node("Mul", "gelu", {"h", "p"}, {"y"});
  } else {
    m.node("Mul", "product", {"x", "p"}, {"h"}).node("Mul", "gelu", {"h", "half"}, {"y"});
  }
  m.output("y");
  return m;
}

TEST(Simplify, AGeluInFiveNodesIsOne) {
  const Floats x{-3, -0.5f, 0.25f, 2};
  for (const int rank : {3, 4})
    for (const bool divides : {false, true})
      for (const bool half_first : {false, true}) {
        const graph::Network n = import(gelu(rank, divides, half_first));
        EXPECT_EQ(operators_of(n), (Names{"Gelu"})) << rank << divides << half_first;
        EXPECT_EQ(n.layers.back().name, "gelu");
        const Floats y = run(n, x);
        for (std::size_t i = 0; i < x.size(); ++i)
          EXPECT_NEAR(y[i], 0.5 * x[i] * (1 + std::erf(x[i] * std::sqrt(0.5))), 1e-6);
      }
}

TEST(Simplify, WhatIsNearlyAGeluStaysWhatItIs) {
  for (const int rank : {3, 4}) {
    const auto operators = operators_of(import(gelu(rank, false, true, 0.7f)));
    EXPECT_EQ(std::count(operators.begin(), operators.end(), "Erf"), 1);
    EXPECT_EQ(std::count(operators.begin(), operators.end(), "Gelu"), 0);
  }
}

}  // namespace
}  // namespace phasecore
