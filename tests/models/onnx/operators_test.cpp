// Operators that are read and computed: what ONNX's own models (conformance_test.cpp) do not have.
#include "models/onnx/operators.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "models/graph/infer.hpp"
#include "models/graph/ops/conv.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/models/onnx/model_builder.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using graph::Shape;
using test::ModelBuilder;
using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

graph::Network import(const ModelBuilder& m) {
  return onnx::parse(m.bytes(), "m.onnx");
}

/// The first output of one sample.
std::vector<float> run(const graph::Network& network, std::vector<float> x) {
  return graph::infer(network, {1, network.input().shape, std::move(x)}).at(0).values;
}

TEST(Operators, DocumentationNamesThoseThatAreRead) {
  std::istringstream lines(test::read_text(test::source_path("docs/operators.md")));
  std::set<std::string> documented;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| `", 0) != 0) continue;
    std::istringstream names(line.substr(2, line.find(" | ", 2) - 2));
    for (std::string name; names >> name;) documented.insert(name.substr(1, name.size() - 2));
  }
  documented.erase("Cast");  // left out while reading
  const std::vector<std::string> readable = onnx::operators().readable();
  EXPECT_EQ(documented, std::set<std::string>(readable.begin(), readable.end()));
}

/// Two channels of four points: a convolution of three points with padding, and what may follow it.
ModelBuilder line() {
  ModelBuilder m;
  m.input("x", {-1, 2, 4}).weights("w", {2, 2, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1});
  m.node("Conv", "conv", {"x", "w"}, {"c"}).set_list("pads", {1, 1});
  m.node("Relu", "relu", {"c"}, {"r"}).node("MaxPool", "pool", {"r"}, {"y"}).set_list("kernel_shape", {2});
  return m.output("y");
}

TEST(Operators, LinesAreImagesOfOneRow) {
  const graph::Network n = import(line());
  EXPECT_EQ(n.input().shape, (Shape{2, 4}));
  const graph::Layer& conv = n.layers[n.find("conv")];
  EXPECT_EQ(conv.as<graph::Conv>()->weights.shape, (Shape{2, 2, 1, 3}));
  EXPECT_EQ(conv.shape, (Shape{2, 1, 4}));
  EXPECT_EQ(n.layers[n.find("pool")].inputs, std::vector<int>{n.find("relu")}) << "no reshape between them";
  EXPECT_EQ(n.layers[n.outputs[0]].shape, (Shape{2, 3}));
  // Channel 0: left neighbour of a plus b; channel 1: right neighbour of a plus three of b.
  EXPECT_THAT(run(n, {1, 2, 3, 4, 10, 20, 30, 40}), ElementsAre(21, 32, 43, 63, 94, 94));
}

TEST(Operators, AConcatenationKeepsTheOrderOfItsInputs) {
  ModelBuilder m;
  m.input("x", {1, 1, 1, 2}).node("Neg", "neg", {"x"}, {"n"});
  m.node("Concat", "cat", {"n", "x", "n"}, {"y"}).set("axis", 1).output("y");
  EXPECT_THAT(run(import(m), {1, 2}), ElementsAre(-1, -2, 1, 2, -1, -2));
}

TEST(Operators, ASplitMakesALayerForEachOutputThatIsRead) {
  ModelBuilder m;
  m.input("x", {1, 4}).ints("parts", {1, 2, 1}).node("Split", "split", {"x", "parts"}, {"a", "b", "c"});
  m.set("axis", 1).node("Add", "add", {"a", "c"}, {"y"}).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(n.layers.size(), 4u);
  EXPECT_THAT(run(n, {1, 2, 3, 4}), ElementsAre(5));
}

TEST(Operators, ChannelsAreScaledByOneValueEach) {
  ModelBuilder m;
  m.input("x", {-1, 2, 1, 2}).node("GlobalAveragePool", "pool", {"x"}, {"p"});
  m.node("Mul", "excite", {"x", "p"}, {"y"}).output("y");
  EXPECT_THAT(run(import(m), {1, 3, 10, 30}), ElementsAre(2, 6, 200, 600));
}

TEST(Operators, SeveralInputsArePartOfOneSample) {
  ModelBuilder m;
  m.input("x", {-1, 2}).input("bias", {2}).node("Add", "add", {"x", "bias"}, {"y"}).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(n.inputs(), 2);
  const graph::Batch x{2, {2}, {1, 2, 3, 4}}, bias{1, {2}, {10, 20}};
  EXPECT_THAT(graph::infer(n, std::vector<graph::Batch>{x, bias})[0].values, ElementsAre(11, 22, 13, 24));
  test::expect_input_error(
      [&] { graph::infer(n, x); },
      "error: network 'test' has 2 inputs ('x', 'bias'); a single batch takes exactly one");
}

/// An LSTM over {steps, batch, values} of sequences that come and go with the batch first.
ModelBuilder recurrent(const std::string& op, int gates) {
  ModelBuilder m;
  m.input("x", {-1, 3, 1}).weights("w", {1, gates * 2, 1}).weights("r", {1, gates * 2, 2});
  m.node("Transpose", "in", {"x"}, {"t"}).set_list("perm", {1, 0, 2});
  m.node(op, "cell", {"t", "w", "r"}, {"h"}).set("hidden_size", 2);
  m.ints("one", {1}).node("Squeeze", "squeeze", {"h", "one"}, {"s"});
  m.node("Transpose", "out", {"s"}, {"y"}).set_list("perm", {1, 0, 2});
  return m.output("y");
}

TEST(Operators, SequencesMayHaveTheirBatchInTheMiddle) {
  const graph::Network n = import(recurrent("RNN", 1));
  EXPECT_EQ(n.layers[n.outputs[0]].shape, (Shape{3, 2}));
  std::vector<float> expected;
  double h = 0;
  for (const double x : {1.0, -1.0, 0.5}) {
    h = std::tanh(0.5 * x + 0.5 * h + 0.5 * h);  // all weights are 0.5
    expected.insert(expected.end(), 2, static_cast<float>(h));
  }
  EXPECT_THAT(run(n, {1, -1, 0.5f}), Pointwise(FloatNear(1e-6f), expected));
}

TEST(Operators, AnEmbeddingTakesWholeNumbers) {
  ModelBuilder m;
  m.input("tokens", {-1, 3}).weights("table", {2, 2}, {1, 2, 3, 4});
  m.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
      ::onnx::TensorProto::INT64);
  m.node("Gather", "embed", {"table", "tokens"}, {"e"});
  m.node("ReduceSum", "sum", {"e"}, {"y"}).output("y").set("keepdims", 0).last_node().add_input("axes");
  m.ints("axes", {1});
  EXPECT_THAT(run(import(m), {1, 0, 1}), ElementsAre(7, 10));
}

/// x quantised, times weights that are stored as codes.
ModelBuilder quantised(int zero_point) {
  ModelBuilder m;
  m.input("x", {-1, 2}).weights("scale", {}, {0.5f}).weights("w.scale", {}, {0.25f});
  m.add_initializer("zero", {}, ::onnx::TensorProto::UINT8).add_int32_data(zero_point);
  auto& codes = m.add_initializer("w.codes", {2, 1}, ::onnx::TensorProto::INT8);
  codes.add_int32_data(4);
  codes.add_int32_data(-8);
  m.node("QuantizeLinear", "q", {"x", "scale", "zero"}, {"c"});
  m.node("DequantizeLinear", "dq", {"c", "scale", "zero"}, {"v"});
  m.node("DequantizeLinear", "w", {"w.codes", "w.scale"}, {"w.values"});
  m.node("MatMul", "product", {"v", "w.values"}, {"y"});
  return m.output("y");
}

TEST(Operators, CodesOfActivationsSayHowLargeTheyAre) {
  const graph::Network n = import(quantised(128));
  EXPECT_THAT(run(n, {3.1f, 1}), ElementsAre(FloatNear(3.1f - 2, 1e-6f))) << "values are not rounded";
  EXPECT_EQ(n.ranges.at("x"), 64);
  EXPECT_EQ(n.metadata.count("phasecore.asymmetric_codes"), 0u);
  const graph::Network asymmetric = import(quantised(100));
  EXPECT_EQ(asymmetric.ranges.at("x"), 77.5);
  EXPECT_EQ(asymmetric.metadata.count("phasecore.asymmetric_codes"), 1u);
}

TEST(Operators, AModelThatDeliversCodesDeliversThem) {
  ModelBuilder m = quantised(128);
  m.graph().mutable_output(0)->set_name("c");
  EXPECT_THAT(run(import(m), {3.1f, -1000}), ElementsAre(134, 0));
}

TEST(Operators, CodesOfLinesAreConvolved) {
  ModelBuilder m;
  m.input("x", {-1, 1, 4})
      .weights("scale", {}, {0.5f})
      .weights("w.scale", {}, {0.25f})
      .weights("y.scale", {}, {2});
  m.add_initializer("zero", {}, ::onnx::TensorProto::INT8).add_int32_data(0);
  auto& codes = m.add_initializer("w", {1, 1, 2}, ::onnx::TensorProto::INT8);
  codes.add_int32_data(4);
  codes.add_int32_data(-8);
  m.node("QuantizeLinear", "q", {"x", "scale", "zero"}, {"c"});
  m.node("QLinearConv", "conv", {"c", "scale", "zero", "w", "w.scale", "zero", "y.scale", "zero"}, {"d"});
  m.set_list("strides", {2}).node("DequantizeLinear", "dq", {"d", "y.scale", "zero"}, {"y"}).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(n.layers[n.outputs[0]].shape, (Shape{1, 2}));
  EXPECT_THAT(run(n, {1, 2, 3, 5}), ElementsAre(1 - 4, 3 - 10));
  EXPECT_EQ(n.ranges.at("conv"), 256);
}

/// Operators in a row, each of which is written as it was read.
TEST(Operators, AreWrittenAndReadBackWithoutAByteOfDifference) {
  ModelBuilder m;
  m.input("x", {-1, 4, 4, 4}).weights("scale", {4}).weights("norm.scale", {2});
  m.weights("up", {4, 2, 2, 2}).weights("slope", {2, 1, 1});
  m.node("ConvTranspose", "up", {"x", "up"}, {"a"}).set_list("strides", {2, 2});
  m.node("PRelu", "prelu", {"a", "slope"}, {"b"}).node("HardSwish", "swish", {"b"}, {"c"});
  m.node("InstanceNormalization", "norm", {"c", "norm.scale", "norm.scale"}, {"d"});
  m.node("SpaceToDepth", "deep", {"d"}, {"e"}).set("blocksize", 2);
  m.node("DepthToSpace", "wide", {"e"}, {"f"}).set("blocksize", 2);
  m.node("Transpose", "turn", {"f"}, {"g"}).set_list("perm", {0, 3, 1, 2});
  m.node("ReduceMax", "largest", {"g"}, {"h"}).set_list("axes", {2});
  m.node("LRN", "lrn", {"h"}, {"i"}).set("size", 3).node("Sigmoid", "gate", {"i"}, {"j"});
  m.node("Mul", "gated", {"i", "j"}, {"k"}).node("Softmax", "softmax", {"k"}, {"y"}).set("axis", 2);
  m.output("y");
  m.model().mutable_opset_import(0)->set_version(14);
  const graph::Network n = import(m);
  const std::string bytes = onnx::serialize(n);
  const graph::Network again = onnx::parse(bytes, "again.onnx");
  EXPECT_EQ(onnx::serialize(again), bytes);
  std::vector<float> x(64);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) - 3;
  EXPECT_EQ(run(again, x), run(n, x));
  ::onnx::ModelProto written;
  ASSERT_TRUE(written.ParseFromString(bytes));
  EXPECT_EQ(written.opset_import(0).version(), 14) << "HardSwish is as old";
}

/// Both ways, backwards, the last state alone; layers that are fed one another's values.
TEST(Operators, RecurrentLayersAreWrittenAndReadBackWithoutAByteOfDifference) {
  ModelBuilder m;
  m.input("x", {-1, 3, 2}).weights("w", {2, 8, 2}).weights("r", {2, 8, 2}).weights("b", {2, 16});
  m.weights("p", {2, 6}).ints("shape", {0, 3, 4});
  m.node("LSTM", "both", {"x", "w", "r", "b", "", "", "", "p"}, {"a"})
      .set("layout", 1)
      .set("input_forget", 1);
  m.set("direction", std::string("bidirectional"));
  m.node("Reshape", "flat", {"a", "shape"}, {"c"});
  m.weights("gw", {1, 6, 4}).weights("gr", {1, 6, 2});
  m.node("GRU", "back", {"c", "gw", "gr"}, {"", "d"}).set("layout", 1).set("linear_before_reset", 1);
  m.set("direction", std::string("reverse"));
  m.weights("nw", {1, 2, 2}).weights("nr", {1, 2, 2});
  m.node("RNN", "last", {"d", "nw", "nr"}, {"y"}).set("layout", 1).output("y");
  m.model().mutable_opset_import(0)->set_version(14);
  const graph::Network n = import(m);
  const std::string bytes = onnx::serialize(n);
  const graph::Network again = onnx::parse(bytes, "again.onnx");
  EXPECT_EQ(onnx::serialize(again), bytes);
  const std::vector<float> x{1, -2, 3, 0.5f, -1, 2};
  EXPECT_EQ(run(again, x), run(n, x));
}

TEST(Operators, ARecurrentLayerThatStartsWithAStateIsNotWritten) {
  ModelBuilder m;
  m.input("x", {-1, 1, 2}).weights("w", {1, 2, 2}).weights("r", {1, 2, 2});
  m.node("RNN", "cell", {"x", "w", "r", "", "", "x"}, {"y"}).set("layout", 1).output("y");
  m.model().mutable_opset_import(0)->set_version(14);
  const graph::Network n = import(m);
  test::expect_input_error([&] { onnx::serialize(n); },
                           "error: node 'cell' (RNN): a recurrent layer that starts with a state cannot be "
                           "written to ONNX");
}

TEST(Operators, AConstantThatManyReadIsBounded) {
  ModelBuilder m;
  m.input("x", {-1, 1}).weights("c", {1 << 18}, std::vector<float>(1 << 18, 1.0f));
  std::string at = "x";
  for (int i = 0; i < 80; ++i) {
    const std::string next = "t" + std::to_string(i);
    m.node("Max", next, {at, "c"}, {next});
    at = next;
  }
  const std::string message = test::input_error([&] { import(m.output(at)); });
  EXPECT_NE(message.find("the constants that this model computes with hold more than "), std::string::npos)
      << message;
}

TEST(Operators, FewBytesThatAskForManyValuesAreRefused) {
  ModelBuilder pad;
  pad.input("x", {1, 2})
      .ints("pads", {0, 0, 0, 1LL << 29})
      .node("Pad", "n", {"x", "pads"}, {"y"})
      .output("y");
  test::expect_input_error([&] { import(pad); },
                           "m.onnx: error: node 'n' (Pad): pads of 0 and 536870912 are too large");
  ModelBuilder expand;
  expand.input("x", {1, 1, 1}).ints("to", {1, 1 << 20, 1 << 20}).node("Expand", "n", {"x", "to"}, {"y"});
  test::expect_input_error(
      [&] { import(expand.output("y")); },
      "m.onnx: error: node 'n' (Expand): an output of shape 1048576x1048576 is too large; at "
      "most 268435456 values");
  ModelBuilder resize;
  resize.input("x", {1, 1, 9, 9}).weights("scales", {4}, {1, 1, 1e30f, 1}).weights("none", {0}, {});
  resize.node("Resize", "n", {"x", "", "scales"}, {"y"}).output("y");
  const std::string message = test::input_error([&] { import(resize); });
  EXPECT_EQ(message.rfind("m.onnx: error: node 'n' (Resize): makes ", 0), 0u) << message;
}

}  // namespace
}  // namespace phasecore
