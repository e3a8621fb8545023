// What an importer must not guess about, with the whole message.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "models/onnx/onnx.hpp"
#include "tests/models/onnx/model_builder.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::ModelBuilder;

void expect_refusal(const ModelBuilder& m, const std::vector<std::string>& messages) {
  std::string expected;
  for (const std::string& message : messages)
    expected += (expected.empty() ? "m.onnx: error: " : "\nm.onnx: error: ") + message;
  test::expect_input_error([&] { onnx::parse(m.bytes(), "m.onnx"); }, expected);
}

/// All operators that are read.
std::string supported() {
  const std::string message = test::input_error([] {
    onnx::parse(ModelBuilder().input("x", {1, 2}).node("None", "n", {"x"}, {"y"}).output("y").bytes(), "m");
  });
  return message.substr(message.rfind("are ") + 4);
}

ModelBuilder one_node(const std::string& op, const std::vector<long long>& input,
                      const std::vector<std::string>& more = {}, int opset = 13) {
  ModelBuilder m(opset);
  m.input("x", input).output("y");
  std::vector<std::string> inputs{"x"};
  inputs.insert(inputs.end(), more.begin(), more.end());
  m.node(op, "n", inputs, {"y"});
  return m;
}

TEST(ImportRefusal, AllProblemsAreSaidAtOnce) {
  ModelBuilder m;
  m.input("x", {1, 1, 8, 8}).weights("w", {2, 1, 3, 3}).weights("v", {4, 9, 1, 1});
  m.node("Conv", "first", {"x", "w"}, {"a"}).set_list("strides", {0, 1}).set("group", 0);
  m.node("Mish", "second", {"a"}, {"b"}).last_node().set_domain("com.example");
  m.node("Conv", "third", {"b", "v"}, {"c"}).set_list("pads", {0, 0, -1, 0});
  m.node("Relu", "fourth", {"x"}, {"d"}).set("leak", 0.1);
  m.node("Add", "fifth", {"c", "d"}, {"y"}).output("y").output("z");
  expect_refusal(
      m, {"operator com.example::Mish is not supported (node 'second'); supported are " + supported(),
          "node 'first' (Conv): stride 0x1 must be at least 1x1",
          "node 'first' (Conv): group 0 must be at least 1",
          "node 'third' (Conv): padding at bottom and right -1x0 must be at least 0x0",
          "node 'fourth' (Relu): attribute 'leak' is not supported", "output 'z' is delivered by no node"});
}

TEST(ImportRefusal, AnUnsupportedOperatorIsAllThatIsSaidAboutItsNode) {
  ModelBuilder m;
  m.input("x", {1, 2}).weights("w", {1}).node("GridSample", "", {"x", "w", "gone"}, {"", "h"});
  m.node("Flatten", "f", {"h"}, {"y"}).output("y");
  expect_refusal(m, {"operator GridSample is not supported (node 'h'); supported are " + supported()});
}

TEST(ImportRefusal, UnsupportedOperatorsAreCountedAndEachIsNamedOnce) {
  ModelBuilder m;
  m.input("x", {1, 2});
  std::string at = "x";
  for (int i = 0; i < 30; ++i) {
    const std::string next = "t" + std::to_string(i);
    m.node(i % 3 == 0 ? "Einsum" : "Det", "n" + std::to_string(i), {at}, {next});
    at = next;
  }
  m.node("OneHot", "", {at, "x"}, {"y"}).output("y");
  m.node("Hardmax", "nobody reads it", {"x"}, {"unread"});
  expect_refusal(
      m, {"operator Einsum is not supported (10 nodes, the first is 'n0'); supported are " + supported(),
          "operator Det is not supported (20 nodes, the first is 'n1')",
          "operator OneHot is not supported (node 'y')"});
}

TEST(ImportRefusal, AtMostTwentyUnsupportedOperatorsAreShown) {
  ModelBuilder m;
  m.input("x", {1, 2});
  std::string at = "x";
  for (int i = 0; i < 50; ++i) {
    const std::string next = "t" + std::to_string(i);
    m.node("Op" + std::to_string(i), "", {at}, {next});
    at = next;
  }
  const std::string message = test::input_error([&] { onnx::parse(m.output(at).bytes(), "m.onnx"); });
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 20) << message;
  EXPECT_NE(message.find("operator Op19 is not supported"), std::string::npos) << message;
  EXPECT_EQ(message.find("Op20"), std::string::npos) << message;
}

/// An If whose branch is an If, and so on.
ModelBuilder nested(int depth) {
  ModelBuilder m;
  m.input("x", {1, 2}).node("If", "choice", {"x"}, {"y"}).output("y");
  ::onnx::NodeProto* node = &m.last_node();
  for (int level = 0; level < depth; ++level) {
    ::onnx::AttributeProto* branch = node->add_attribute();
    branch->set_name("then_branch");
    branch->set_type(::onnx::AttributeProto::GRAPH);
    node = branch->mutable_g()->add_node();
    node->set_op_type("If");
  }
  return m;
}

TEST(ImportRefusal, OperatorsThatHoldGraphsAreRefusedHoweverDeep) {
  expect_refusal(nested(1), {"node 'choice' (If): supported only where its condition is constant"});
  expect_refusal(nested(1000), {"operator If holds graphs that are nested too deeply, or damaged"});
  const std::string bytes = nested(1000).bytes();
  test::expect_input_error([&] { onnx::parse(bytes.substr(0, bytes.size() - 9), "m.onnx"); },
                           "m.onnx: error: the file is truncated: it ends in the middle of an ONNX model");
}

TEST(ImportRefusal, AttributesOfTheWrongKindOrSize) {
  ModelBuilder m = one_node("MaxPool", {1, 1, 8, 8});
  m.set_list("kernel_shape", {2})
      .set("strides", 2)
      .set("ceil_mode", 1.5)
      .set_list("pads", {0, 0, 1LL << 40, 0});
  expect_refusal(m, {"node 'n' (MaxPool): attribute 'kernel_shape' has 1 values; must have 2",
                     "node 'n' (MaxPool): attribute 'strides' must be a list of integers",
                     "node 'n' (MaxPool): attribute 'pads' holds 1099511627776, which is out of range",
                     "node 'n' (MaxPool): attribute 'ceil_mode' must be an integer"});
  expect_refusal(one_node("MaxPool", {1, 1, 8, 8}),
                 {"node 'n' (MaxPool): attribute 'kernel_shape' is missing"});
  ModelBuilder pad = one_node("MaxPool", {1, 1, 8, 8});
  pad.set_list("kernel_shape", {2, 2}).set("auto_pad", std::string("SOME"));
  expect_refusal(pad,
                 {"node 'n' (MaxPool): auto_pad 'SOME' must be NOTSET, SAME_UPPER, SAME_LOWER or VALID"});
}

TEST(ImportRefusal, InputsThatAreNoNumbersOfAKnownShape) {
  ModelBuilder none;
  expect_refusal(none.output("y"), {"the model has no input"});
  expect_refusal(one_node("Relu", {1, 1, 8, -1}),
                 {"input 'x' has dimension 3 ('any') open; only the batch may be"});
  expect_refusal(one_node("Relu", {1, 0}),
                 {"node 'x' (Input): shape 0 holds no values; every dimension must be at least 1"});
  ModelBuilder text = one_node("Relu", {1, 2});
  text.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
      ::onnx::TensorProto::STRING);
  expect_refusal(text, {"input 'x' must hold numbers"});
  ModelBuilder ints = one_node("Relu", {1, 2});
  ints.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
      ::onnx::TensorProto::INT8);
  expect_refusal(ints,
                 {"node 'n' (Relu): computes with the whole numbers of 'x'; supported only as indices"});
}

TEST(ImportRefusal, ModelsWithoutOutputOrOpset) {
  ModelBuilder m;
  expect_refusal(m.input("x", {1, 2}), {"the model has no output"});
  ModelBuilder no_opset = one_node("Relu", {1, 2});
  no_opset.model().clear_opset_import();
  expect_refusal(no_opset, {"the model does not say which opset it uses; supported are 7 to 24"});
  expect_refusal(one_node("Relu", {1, 2}, {}, 6),
                 {"opset 6 is too old; supported are 7 to 24; onnx.version_converter.convert_version(model, "
                  "17) makes it "
                  "newer"});
  ModelBuilder no_graph;
  no_graph.model().clear_graph();
  expect_refusal(no_graph, {"the ONNX model has no graph"});
}

TEST(ImportRefusal, WeightsThatCannotBeRead) {
  ModelBuilder few = one_node("Gemm", {1, 2}, {"w"});
  expect_refusal(few.weights("w", {2, 3}, {1, 2}),
                 {"node 'n' (Gemm): weights 'w' of shape 2x3 holds 2 values instead of 6"});
  ModelBuilder external = one_node("Gemm", {1, 2}, {"w"});
  external.add_initializer("w", {2, 3}, ::onnx::TensorProto::FLOAT)
      .set_data_location(::onnx::TensorProto::EXTERNAL);
  expect_refusal(external, {"node 'n' (Gemm): weights 'w' is stored in an external file, which is read only "
                            "beside a model's own file"});
  ModelBuilder ints = one_node("Gemm", {1, 2}, {"w"});
  expect_refusal(
      ints.ints("w", {2, 3}),
      {"node 'n' (Gemm): weights 'w' is of type INT64; must be FLOAT, DOUBLE, FLOAT16 or BFLOAT16"});
  ModelBuilder negative = one_node("Gemm", {1, 2}, {"w"});
  negative.add_initializer("w", {-2, 3}, ::onnx::TensorProto::FLOAT);
  expect_refusal(negative, {"node 'n' (Gemm): weights 'w' has a dimension of -2"});
  ModelBuilder huge = one_node("Gemm", {1, 2}, {"w"});
  huge.add_initializer("w", {1 << 30, 1 << 30, 1 << 30}, ::onnx::TensorProto::FLOAT);
  expect_refusal(huge, {"node 'n' (Gemm): weights 'w' has dimensions whose product overflows"});
  ModelBuilder raw = one_node("Gemm", {1, 2}, {"w"});
  raw.add_initializer("w", {2, 1}, ::onnx::TensorProto::FLOAT).set_raw_data("1234567");
  expect_refusal(raw, {"node 'n' (Gemm): weights 'w' has 7 bytes, which is no multiple of 4"});
  ModelBuilder absent = one_node("Gemm", {1, 2}, {"w"});
  expect_refusal(absent, {"node 'n' (Gemm): reads 'w', which no node delivers"});
  ModelBuilder computed = one_node("Gemm", {1, 2}, {"x"});
  expect_refusal(computed, {"node 'n' (Gemm): its matrix has a batch"});
}

TEST(ImportRefusal, OperatorsUsedInWaysThatAreNotSupported) {
  for (const int axis : {5, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
    ModelBuilder flatten = one_node("Flatten", {1, 2, 3, 4});
    expect_refusal(flatten.set("axis", axis), {"node 'n' (Flatten): axis " + std::to_string(axis) +
                                               " is none of a tensor of 4 dimensions"});
  }
  ModelBuilder softmax = one_node("Softmax", {-1, 2, 3, 4});
  expect_refusal(softmax.set("axis", 0),
                 {"node 'n' (Softmax): axis 0 is the batch, whose images are computed one by one"});
  ModelBuilder mean = one_node("ReduceMean", {-1, 2, 3, 4});
  expect_refusal(mean.set_list("axes", std::vector<long long>{1, -3}),
                 {"node 'n' (ReduceMean): an axis stands twice"});
  ModelBuilder odd = one_node("Reshape", {1, 4}, {"s"});
  expect_refusal(odd.ints("s", {-1, 3}), {"node 'n' (Reshape): cannot turn 4 into (-1, 3)"});
  ModelBuilder line = one_node("Conv", {1, 2, 9}, {"w"});
  expect_refusal(line.weights("w", {1, 2, 3, 3}),
                 {"node 'n' (Conv): weights of shape 1x2x3x3 must have 3 dimensions (lines)"});
  ModelBuilder indices;
  indices.input("x", {1, 1, 4, 4})
      .node("MaxPool", "n", {"x"}, {"y", "i"})
      .set_list("kernel_shape", {2, 2})
      .output("y")
      .output("i");
  expect_refusal(indices, {"node 'n' (MaxPool): its output 'i' is not supported"});
  ModelBuilder transposed = one_node("Gemm", {-1, 2}, {"w"});
  expect_refusal(transposed.set("transA", 1).weights("w", {2, 2}),
                 {"node 'n' (Gemm): transposes what is no matrix without a batch"});
}

TEST(ImportRefusal, BrokenWiring) {
  ModelBuilder circle;
  circle.input("x", {1, 2})
      .node("Add", "n", {"x", "b"}, {"a"})
      .node("Identity", "i", {"a"}, {"b"})
      .output("b");
  expect_refusal(circle, {"nodes form a circle: 'n' reads 'i', 'i' reads 'n'"});
  ModelBuilder twice;
  twice.input("x", {1, 2}).node("Relu", "n", {"x"}, {"y"}).node("Relu", "m", {"x"}, {"y"}).output("y");
  expect_refusal(twice, {"tensor 'y' is delivered twice"});
  ModelBuilder self;
  self.input("x", {1, 2}).node("Identity", "i", {"a"}, {"a"}).output("a");
  expect_refusal(self, {"nodes form a circle: 'i' reads 'i'"});
  ModelBuilder constant;
  constant.input("x", {1, 2}).weights("c", {2}).output("c");
  expect_refusal(constant, {"output 'c' is a constant"});
  ModelBuilder inputs = one_node("Conv", {1, 1, 4, 4});
  expect_refusal(inputs,
                 {"node 'n' (Conv): has 1 inputs; must have 2 to 3", "node 'n' (Conv): weights is missing"});
}

TEST(ImportRefusal, NamesThatAreNoUtf8) {
  ModelBuilder m;
  m.input("x", {1, 2})
      .node("Relu", "n", {"x"}, {"a\xff"})
      .node("Relu", "m\xf6", {"a\xff"}, {"y"})
      .output("y");
  expect_refusal(
      m, {"node 0 (Relu): the name 'a\\xff' is no UTF-8", "node 1 (Relu): the name 'm\\xf6' is no UTF-8"});
  ModelBuilder input;
  input.input("x\xff", {1, 2}).node("Relu", "n", {"x\xff"}, {"y"}).output("y");
  expect_refusal(input, {"the name of input 'x\\xff' is no UTF-8"});
}

TEST(ImportRefusal, RangesThatAreWrong) {
  ModelBuilder m = one_node("Relu", {1, 2});
  m.metadata("phasecore.input_range.y", "12abc").metadata("phasecore.input_range.x", "-1");
  m.metadata("phasecore.input_range.z", "1")
      .metadata("phasecore.recipe", "a")
      .metadata("phasecore.recipe", "b");
  expect_refusal(m,
                 {"metadata 'phasecore.input_range.y': '12abc' must be a positive number that a float holds",
                  "metadata 'phasecore.input_range.x': '-1' must be a positive number that a float holds",
                  "metadata 'phasecore.input_range.z': there is no tensor 'z'",
                  "metadata 'phasecore.recipe' stands twice"});
}

}  // namespace
}  // namespace phasecore
