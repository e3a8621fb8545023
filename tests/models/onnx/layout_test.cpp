// Networks whose channels come last, as Keras and TensorFlow have them: the Transposes that exporters put
// around their convolutions are moved out of the network.
#include <gtest/gtest.h>

#include <cmath>

#include "models/onnx/input_axes.hpp"
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

const std::vector<long long> kToFirst{0, 3, 1, 2}, kToLast{0, 2, 3, 1};

/// x {1, 2, 3, 2 channels} -> relu of the convolution (x0 + x1, x0 - x1), channels last: "r".
ModelBuilder channels_last() {
  ModelBuilder m;
  m.input("x", {1, 2, 3, 2}).weights("w", {2, 2, 1, 1}, {1, 1, 1, -1});
  m.node("Transpose", "in", {"x"}, {"first"}).set_list("perm", kToFirst);
  m.node("Conv", "conv", {"first", "w"}, {"c"})
      .node("Transpose", "out", {"c"}, {"last"})
      .set_list("perm", kToLast);
  m.node("Relu", "relu", {"last"}, {"r"});
  return m;
}

/// The same computed here: six pixels of two channels, channels last.
Floats expected_pixels(const Floats& x) {
  Floats y;
  for (std::size_t i = 0; i < x.size(); i += 2) {
    y.push_back(std::max(0.0f, x[i] + x[i + 1]));
    y.push_back(std::max(0.0f, x[i] - x[i + 1]));
  }
  return y;
}

Floats run_as_exported(const graph::Network& n, const Floats& x) {
  const graph::Batch batch{1, onnx::exported_input_shape(n), x};
  return graph::infer(n, onnx::in_network_axes(n, batch)).at(0).values;
}

const Floats kImage{5, 1, -2, 3, 4, 4, 0, -1, 2, 7, 6, 3};

TEST(Layout, TheNetworkTakesItsChannelsFirstAndSaysSo) {
  ModelBuilder m = channels_last();
  m.node("Transpose", "", {"r"}, {"y"}).set_list("perm", kToFirst).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(operators_of(n), (Names{"Conv", "Relu"}));
  EXPECT_EQ(n.input().shape, (graph::Shape{2, 2, 3}));
  EXPECT_EQ(onnx::exported_input_shape(n), (graph::Shape{2, 3, 2}));
  EXPECT_EQ(n.metadata.at("phasecore.input_axes"), "0 3 1 2");
  const Floats pixels = expected_pixels(kImage);
  Floats channels_first;
  for (int c = 0; c < 2; ++c)
    for (int p = 0; p < 6; ++p) channels_first.push_back(pixels[2 * p + c]);
  EXPECT_EQ(run_as_exported(n, kImage), channels_first);
}

// A written model takes what the network takes, and a file's own word for it does not count.
TEST(Layout, AWrittenModelHasItsChannelsFirst) {
  ModelBuilder m = channels_last();
  m.node("Transpose", "", {"r"}, {"y"}).set_list("perm", kToFirst).output("y");
  const std::string bytes = onnx::serialize(import(m));
  const graph::Network written = onnx::parse(bytes, "written.onnx");
  EXPECT_EQ(written.metadata.count("phasecore.input_axes"), 0u);
  EXPECT_EQ(onnx::exported_input_shape(written), (graph::Shape{2, 2, 3}));
  ModelBuilder claims = one_node("Relu", {1, 2, 3, 2});
  EXPECT_TRUE(import(claims.metadata("phasecore.input_axes", "0 3 9 2")).metadata.empty());
}

TEST(Layout, TheMatrixBehindAFlattenIsTurnedInstead) {
  Floats weights;
  for (int i = 0; i < 12; ++i) weights.push_back(static_cast<float>(i * i - 3 * i));
  float expected = 1;
  const Floats pixels = expected_pixels(kImage);
  for (int i = 0; i < 12; ++i) expected += pixels[i] * weights[i];
  for (const std::string op : {"MatMul", "Gemm"})
    for (const std::string flatten : {"Flatten", "Reshape"}) {
      ModelBuilder m = channels_last();
      m.ints("shape", {-1, 12})
          .weights("v", op == "Gemm" ? std::vector<long long>{1, 12} : std::vector<long long>{12, 1},
                   weights);
      m.weights("b", {1}, {1});
      m.node(flatten, "flat", flatten == "Reshape" ? Names{"r", "shape"} : Names{"r"}, {"f"});
      m.node(op, "fc", {"f", "v"}, {"p"});
      if (op == "Gemm") m.set("transB", 1);
      m.node("Add", "", {"p", "b"}, {"y"}).output("y");
      const graph::Network n = import(m);
      EXPECT_EQ(operators_of(n), (Names{"Conv", "Relu", "Flatten", "Gemm"})) << op << flatten;
      EXPECT_EQ(run_as_exported(n, kImage), (Floats{expected})) << op << flatten;
    }
}

TEST(Layout, SumsConstantsAndMeansAreTakenOfTheValuesAsTheyAre) {
  for (const int keep : {0, 1}) {
    ModelBuilder m = channels_last();
    m.weights("scale", {2}, {2, 3}).ints("axes", {1, 2});
    m.node("Mul", "scale", {"r", "scale"}, {"a"}).node("Add", "add", {"a", "r"}, {"b"});
    m.node("ReduceMean", "mean", {"b"}, {"m"}).set_list("axes", {1, 2}).set("keepdims", keep);
    m.node("Flatten", "flat", {"m"}, {"y"}).output("y");
    const graph::Network n = import(m);
    const Floats pixels = expected_pixels(kImage);
    Floats means(2, 0);
    for (int i = 0; i < 12; ++i) means[i % 2] += pixels[i] * (i % 2 == 0 ? 3 : 4);
    const Floats y = run_as_exported(n, kImage);
    ASSERT_EQ(y.size(), 2u);
    EXPECT_FLOAT_EQ(y[0], means[0] / 6);
    EXPECT_FLOAT_EQ(y[1], means[1] / 6);
    for (const std::string& op : operators_of(n)) EXPECT_NE(op, "Transpose");
  }
}

TEST(Layout, ATransposeThatOnlyMovesOnesIsAReshape) {
  ModelBuilder m = one_node("Transpose", {1, 4, 1, 1});
  const graph::Network n =
      import(m.set_list("perm", {0, 2, 3, 1}).output("x"));  // the input is an output, too
  EXPECT_EQ(operators_of(n), (Names{"Reshape"}));
  EXPECT_EQ(n.layers[1].shape, (graph::Shape{1, 1, 4}));
}

TEST(Layout, TheShapeOfATransposedInputIsThatOfTheFile) {
  ModelBuilder m;
  m.input("x", {1, 2, 3, 2}).node("Transpose", "in", {"x"}, {"first"}).set_list("perm", kToFirst);
  m.node("Shape", "", {"x"}, {"shape"}).node("Relu", "r", {"first"}, {"a"});  // {1, 2, 3, 2}
  m.node("Reshape", "y", {"a", "shape"}, {"y"}).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(n.input().shape, (graph::Shape{2, 2, 3}));
  EXPECT_EQ(n.layers.back().shape, (graph::Shape{2, 3, 2}));
}

TEST(Layout, AnInputThatOthersReadStaysAsItIs) {
  ModelBuilder m;
  m.input("x", {1, 2, 3, 2}).node("Transpose", "t", {"x"}, {"a"}).set_list("perm", kToFirst);
  m.node("Relu", "r", {"a"}, {"b"}).node("Transpose", "u", {"b"}, {"c"}).set_list("perm", kToLast);
  m.node("Add", "add", {"c", "x"}, {"y"}).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(operators_of(n), (Names{"Relu", "Add"}));
  EXPECT_EQ(n.input().shape, (graph::Shape{2, 3, 2}));
  Floats expected;
  for (float v : kImage) expected.push_back(v + std::max(v, 0.0f));
  EXPECT_EQ(run(n, kImage), expected);
}

TEST(Layout, ATransposeIsNotLostBehindWhatDoesNothing) {
  const Floats last{1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12};
  for (const char* op : {"Pad", "Slice", "Expand", "Cast", "Concat", "Identity", "Dropout"}) {
    ModelBuilder m;
    m.input("in", {1, 4, 1, 3}).node("Abs", "abs", {"in"}, {"a"});
    m.node("Transpose", "", {"a"}, {"t"}).set_list("perm", {0, 3, 2, 1});
    m.ints("none", {0, 0, 0, 0, 0, 0, 0, 0}).ints("all", {1, 3, 1, 4}).ints("first", {0, 0, 0, 0});
    m.ints("flat", {1, 2, 6});
    const std::string name = op;
    m.node(op, "nothing",
           name == "Pad"      ? Names{"t", "none"}
           : name == "Slice"  ? Names{"t", "first", "all"}
           : name == "Expand" ? Names{"t", "all"}
                              : Names{"t"},
           {"same"});
    if (name == "Cast") m.set("to", 1);
    if (name == "Concat") m.set("axis", 1);
    m.node("Reshape", "", {"same", "flat"}, {"y"}).node("Reshape", "", {"t", "flat"}, {"z"});
    const graph::Network n = import(m.output("y").output("z"));
    Floats x(12);
    for (int i = 0; i < 12; ++i) x[static_cast<std::size_t>(i)] = static_cast<float>(i + 1);
    const auto results = graph::infer(n, {1, {4, 1, 3}, x});
    EXPECT_EQ(results.at(0).values, last) << op;
    EXPECT_EQ(results.at(1).values, last) << op;
  }
}

TEST(Layout, ATransposeThatMovesDimensionsOfOneAloneIsNoTranspose) {
  ModelBuilder m;
  m.input("in", {1, 3, 1, 1}).node("Relu", "relu", {"in"}, {"r"});
  m.node("Transpose", "", {"r"}, {"t"}).set_list("perm", kToLast).node("Flatten", "flat", {"t"}, {"f"});
  m.node("Exp", "exp", {"f"}, {"y"}).node("Softmax", "soft", {"t"}, {"z"}).output("y").output("z");
  const graph::Network n = import(m);
  EXPECT_EQ(operators_of(n), (Names{"Relu", "Flatten", "Exp", "Reshape", "Softmax"}));
  EXPECT_EQ(n.layers.back().shape, (graph::Shape{1, 1, 3}));
}

/// (x - mean) / sqrt(variance + 0.5) of two channels of each pixel, times 2 and 3, plus 1 and -1; {2, 3, 2}.
Floats normalised_pixels(const Floats& x) {
  Floats y(x.size());
  for (std::size_t p = 0; p < x.size() / 2; ++p) {
    const float a = x[p], b = x[p + x.size() / 2], half = (a - b) / 2;
    const float by = half / std::sqrt(half * half + 0.5f);
    y[p] = 2 * by + 1;
    y[p + x.size() / 2] = -3 * by - 1;
  }
  return y;
}

void expect_near(const Floats& is, const Floats& wanted) {
  ASSERT_EQ(is.size(), wanted.size());
  for (std::size_t i = 0; i < is.size(); ++i) EXPECT_NEAR(is[i], wanted[i], 1e-5) << i;
}

/// A network of images {2, 3, 2} that has its channels last from "x" to "norm".
ModelBuilder norm_of_pixels() {
  ModelBuilder m(17);
  m.input("in", {1, 2, 3, 2}).weights("scale", {2}, {2, 3}).weights("offset", {2}, {1, -1});
  m.node("Relu", "relu", {"in"}, {"r"}).node("Transpose", "", {"r"}, {"x"}).set_list("perm", kToLast);
  m.node("LayerNormalization", "norm", {"x", "scale", "offset"}, {"norm"}).set("axis", -1);
  m.set("epsilon", 0.5);
  return m;
}

/// The same in single nodes, with the channels first, to "y".
ModelBuilder norm_in_pieces(const std::string& square) {
  ModelBuilder m(17);
  m.input("in", {1, 2, 3, 2}).weights("scale", {2, 1, 1}, {2, 3}).weights("offset", {2, 1, 1}, {1, -1});
  m.weights("two", {}, {2}).weights("epsilon", {}, {0.5f}).node("Relu", "relu", {"in"}, {"x"});
  m.node("ReduceMean", "", {"x"}, {"mean"}).set_list("axes", {1});
  m.node("Sub", "", {"x", "mean"}, {"centred"});
  m.node(square, "", square == "Pow" ? Names{"centred", "two"} : Names{"centred", "centred"}, {"squares"});
  m.node("ReduceMean", "", {"squares"}, {"variance"}).set_list("axes", {1});
  m.node("Add", "", {"variance", "epsilon"}, {"more"}).node("Sqrt", "", {"more"}, {"deviation"});
  m.node("Div", "", {"centred", "deviation"}, {"unscaled"});
  m.node("Mul", "", {"unscaled", "scale"}, {"scaled"}).node("Add", "norm", {"scaled", "offset"}, {"y"});
  m.output("y");
  return m;
}

/// The nine nodes that PyTorch writes up to opset 16, with the channels last from "x" to "norm".
ModelBuilder norm_in_nine_nodes() {
  ModelBuilder m(16);
  m.input("in", {1, 2, 3, 2}).weights("scale", {2}, {2, 3}).weights("offset", {2}, {1, -1});
  m.weights("two", {}, {2}).weights("epsilon", {}, {0.5f}).node("Relu", "relu", {"in"}, {"r"});
  m.node("Transpose", "", {"r"}, {"x"}).set_list("perm", kToLast);
  m.node("ReduceMean", "", {"x"}, {"mean"}).set_list("axes", {-1});
  m.node("Sub", "", {"x", "mean"}, {"centred"}).node("Pow", "", {"centred", "two"}, {"squares"});
  m.node("ReduceMean", "", {"squares"}, {"variance"}).set_list("axes", {-1});
  m.node("Add", "", {"variance", "epsilon"}, {"more"}).node("Sqrt", "", {"more"}, {"deviation"});
  m.node("Div", "", {"centred", "deviation"}, {"unscaled"});
  m.node("Mul", "", {"unscaled", "scale"}, {"scaled"}).node("Add", "norm", {"scaled", "offset"}, {"norm"});
  return m;
}

TEST(Layout, ANormOverTheChannelsOfEachPixelIsOneLayer) {
  const Floats x{5, 1, 2, 3, 4, 4, 0, 1, 2, 7, 6, 3};
  ModelBuilder last = norm_of_pixels();
  last.node("Transpose", "", {"norm"}, {"y"}).set_list("perm", kToFirst).output("y");
  ModelBuilder nine = norm_in_nine_nodes();
  nine.node("Transpose", "", {"norm"}, {"y"}).set_list("perm", kToFirst).output("y");
  for (const ModelBuilder& m : {last, nine, norm_in_pieces("Pow"), norm_in_pieces("Mul")}) {
    const graph::Network n = import(m);
    EXPECT_EQ(operators_of(n), (Names{"Relu", "LayerNormalization"}));
    expect_near(run(n, x), normalised_pixels(x));
    const graph::Network written = onnx::parse(onnx::serialize(n), "written.onnx");
    EXPECT_EQ(operators_of(written), operators_of(n));
    EXPECT_EQ(written.layers.back().name, n.layers.back().name);
    EXPECT_EQ(run(written, x), run(n, x));
  }
}

TEST(Layout, WhatNormalisesAVectorWithOnesAroundItNormalisesAVector) {
  ModelBuilder m(17);
  m.input("x", {1, 1, 2}).weights("scale", {2}, {2, 3}).weights("offset", {2}, {1, -1});
  m.node("LayerNormalization", "norm", {"x", "scale", "offset"}, {"y"}).set("epsilon", 0.5).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(operators_of(n), (Names{"Reshape", "LayerNormalization", "Reshape"}));
  EXPECT_EQ(n.layers.back().shape, (graph::Shape{1, 2}));
  expect_near(run(n, {5, 1}), normalised_pixels({5, 1}));
}

TEST(Layout, AMatrixThatMultipliesTheLastAxisIsAConvolutionOfPixels) {
  ModelBuilder m = norm_of_pixels();
  m.weights("matrix", {2, 2}, {1, 0.5f, -2, 3}).weights("bias", {2}, {4, 1});
  m.node("MatMul", "product", {"norm", "matrix"}, {"p"}).node("Add", "sum", {"p", "bias"}, {"s"});
  m.node("Transpose", "", {"s"}, {"y"}).set_list("perm", kToFirst).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(operators_of(n), (Names{"Relu", "LayerNormalization", "Conv"}));
  const Floats x{5, 1, 2, 3, 4, 4, 0, 1, 2, 7, 6, 3}, pixels = normalised_pixels(x);
  Floats wanted;
  for (int p = 0; p < 6; ++p) wanted.push_back(pixels[p] - 2 * pixels[p + 6] + 4);
  for (int p = 0; p < 6; ++p) wanted.push_back(0.5f * pixels[p] + 3 * pixels[p + 6] + 1);
  expect_near(run(n, x), wanted);
}

}  // namespace
}  // namespace phasecore
