// What is computed while a model is read: as exporters write it, and within limits.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/models/onnx/run_model.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::import;
using test::ModelBuilder;
using test::one_node;
using test::run;

/// x.view(x.size(0), -1) as torch.onnx.export(dynamic_axes=...) writes it, behind a Relu.
ModelBuilder flattened_by_size() {
  ModelBuilder m(17);
  m.input("x", {-1, 2, 1, 2}).add_initializer("zero", {}, ::onnx::TensorProto::INT64).add_int64_data(0);
  m.ints("rest", {-1}).ints("axis", {0}).weights("w", {4, 1}, {1, 10, 100, 1000});
  m.node("Relu", "relu", {"x"}, {"a"}).node("Shape", "", {"a"}, {"shape"});
  m.node("Gather", "", {"shape", "zero"}, {"batch"}).set("axis", 0);
  m.node("Unsqueeze", "", {"batch", "axis"}, {"batches"}).node("Concat", "", {"batches", "rest"}, {"target"});
  m.set("axis", 0)
      .node("Reshape", "flat", {"a", "target"}, {"f"})
      .node("Gemm", "fc", {"f", "w"}, {"y"})
      .output("y");
  return m;
}

TEST(Constants, AViewOfTheBatchsSizeKeepsADynamicBatch) {
  const graph::Network n = import(flattened_by_size());
  EXPECT_EQ(test::operators_of(n), (std::vector<std::string>{"Relu", "Reshape", "Gemm"}));
  EXPECT_EQ(graph::infer(n, {2, {2, 1, 2}, {1, 2, 3, 4, 0, 0, 0, 5}})[0].values,
            (std::vector<float>{4321, 5000}));
}

TEST(Constants, LayersThatOnlyGaveTheirShapeAreLeftOut) {
  ModelBuilder m;
  m.input("x", {1, 4}).weights("w", {4, 6}).node("MatMul", "unread", {"x", "w"}, {"a"});
  m.node("Shape", "", {"a"}, {"s"}).node("Relu", "r", {"x"}, {"b"}).ints("two", {1, 2, 2});
  m.node("Size", "", {"s"}, {"rank"}).node("Mul", "", {"two", "rank"}, {"doubled"});
  m.node("Div", "", {"doubled", "rank"}, {"target"}).node("Reshape", "y", {"b", "target"}, {"y"}).output("y");
  m.metadata("phasecore.input_range.a", "3");
  const graph::Network n = import(m);
  EXPECT_EQ(test::operators_of(n), (std::vector<std::string>{"Relu", "Reshape"}));
  EXPECT_TRUE(n.ranges.empty());
}

TEST(Constants, AskingForTheShapeOfAProductLeavesItItsBias) {
  ModelBuilder m;
  m.input("x", {1, 2}).weights("w", {2, 2}, {1, 0, 0, 1}).weights("b", {2}, {10, 20});
  m.node("MatMul", "mm", {"x", "w"}, {"p"})
      .node("Shape", "", {"p"}, {"s"})
      .node("Add", "", {"p", "b"}, {"q"});
  m.node("Reshape", "", {"q", "s"}, {"y"}).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(test::operators_of(n), (std::vector<std::string>{"Gemm", "Reshape"}));
  EXPECT_EQ(run(n, {1, 2}), (std::vector<float>{11, 22}));
}

TEST(Constants, WeightsAreTransposedCutAndJoinedWhileReading) {
  ModelBuilder m;
  m.input("x", {1, 2})
      .weights("w", {3, 2}, {1, 2, 3, 4, 5, 6})
      .ints("from", {1})
      .ints("to", {3})
      .ints("axis", {0});
  m.node("Slice", "", {"w", "from", "to", "axis"}, {"rows"});               // {3, 4}, {5, 6}
  m.node("Transpose", "", {"rows"}, {"columns"}).set_list("perm", {1, 0});  // {3, 5}, {4, 6}
  m.node("Concat", "", {"columns", "columns"}, {"both"}).set("axis", 1);
  m.node("MatMul", "mm", {"x", "both"}, {"y"}).output("y");
  EXPECT_EQ(run(import(m), {1, 10}), (std::vector<float>{43, 65, 43, 65}));
}

TEST(Constants, WeightsOfAQuantiserAreMultipliedByTheirScales) {
  ModelBuilder m;
  m.input("x", {1, 2}).weights("scale", {2}, {0.5f, 2});
  auto& w = m.add_initializer("w", {2, 2}, ::onnx::TensorProto::INT8);
  w.set_raw_data(std::string("\x01\xfe\x03\x04", 4));  // {1, -2}, {3, 4}
  m.add_initializer("zero", {2}, ::onnx::TensorProto::INT8).set_raw_data(std::string("\0\1", 2));
  m.node("DequantizeLinear", "", {"w", "scale", "zero"}, {"real"}).set("axis", 1);
  m.node("MatMul", "mm", {"x", "real"}, {"y"}).output("y");
  EXPECT_EQ(run(import(m), {1, 10}), (std::vector<float>{0.5f + 15, -6 + 60}));
}

TEST(Constants, MayBeOfAnyTypeOfNumber) {
  using ::onnx::TensorProto;
  struct Case {
    int type;
    std::string raw;
  };
  const std::vector<Case> cases{{TensorProto::BFLOAT16, std::string("\xc0\x3f\x00\xc0", 4)},
                                {TensorProto::FLOAT16, std::string("\x00\x3e\x00\xc0", 4)}};
  for (const Case& c : cases) {
    ModelBuilder m = one_node("Gemm", {1, 2}, {"w"});
    m.add_initializer("w", {2, 1}, c.type).set_raw_data(c.raw);
    EXPECT_EQ(run(import(m), {2, 1}), (std::vector<float>{1})) << c.type;  // 1.5 and -2
  }
  const std::vector<Case> targets{{TensorProto::INT64, std::string("\1\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0", 16)},
                                  {TensorProto::INT32, std::string("\1\0\0\0\x04\0\0\0", 8)},
                                  {TensorProto::UINT8, std::string("\1\x04", 2)}};
  for (const Case& c : targets) {
    ModelBuilder m = one_node("Reshape", {1, 2, 2}, {"s"});
    m.add_initializer("s", {2}, c.type).set_raw_data(c.raw);
    EXPECT_EQ(import(m).layers[1].shape, (graph::Shape{4})) << c.type;
  }
}

TEST(Constants, NodesMayStandInAnyOrder) {
  ModelBuilder sorted = flattened_by_size();
  ModelBuilder reversed = sorted;
  auto* nodes = reversed.graph().mutable_node();
  std::reverse(nodes->begin(), nodes->end());
  EXPECT_EQ(onnx::serialize(import(reversed)), onnx::serialize(import(sorted)));
}

TEST(Constants, AFewBytesCannotAskForEndlessMemory) {
  ModelBuilder m;
  m.input("x", {1, 2}).ints("shape", {1 << 20, 1 << 20}).node("ConstantOfShape", "c", {"shape"}, {"w"});
  m.node("MatMul", "mm", {"x", "w"}, {"y"}).output("y");
  const std::string limit = "the constants that this model computes with hold more than 167";
  EXPECT_NE(test::input_error([&] { import(m); }).find("node 'c' (ConstantOfShape): " + limit),
            std::string::npos);
  ModelBuilder many;
  many.input("x", {1, 2}).ints("shape", {1 << 12, 1 << 10}).node("ConstantOfShape", "", {"shape"}, {"t0"});
  for (int i = 0; i < 20; ++i)
    many.node("Neg", "n" + std::to_string(i), {"t" + std::to_string(i)}, {"t" + std::to_string(i + 1)});
  many.node("MatMul", "mm", {"x", "t20"}, {"y"}).output("y");
  EXPECT_NE(test::input_error([&] { import(many); }).find("(Neg): " + limit), std::string::npos);
  // One number for very many values stays one number.
  const graph::Network wide = import(one_node("Mul", {1, 1 << 28}, {"c"}).weights("c", {}, {2}));
  EXPECT_EQ(test::operators_of(wide), (std::vector<std::string>{"Constant", "Mul"}));
}

// Dimensions of 0 make room for any others, whose product is no number.
TEST(Constants, EmptyOnesMayNotHaveDimensionsBeyondAllNumbers) {
  ModelBuilder m;
  m.input("x", {1, 2})
      .add_initializer("empty", {0, 2147483647, 2147483647, 2147483647}, ::onnx::TensorProto::FLOAT);
  m.node("Transpose", "t", {"empty"}, {"a"}).node("Concat", "c", {"a", "a"}, {"b"}).set("axis", 0);
  m.node("MatMul", "mm", {"x", "b"}, {"y"}).output("y");
  EXPECT_NE(test::input_error([&] { import(m); }).find("node 't' (Transpose): the constants"),
            std::string::npos);
}

TEST(Constants, WhatMakesNoSenseIsRefusedWithItsNode) {
  const auto refusal = [](const std::string& op, const ModelBuilder& rest) {
    ModelBuilder m = rest;
    m.graph().mutable_node(0)->set_op_type(op);
    m.node("Reshape", "r", {"x", "target"}, {"y"}).output("y").input("x", {1, 2});
    return test::input_error([&] { import(m); });
  };
  ModelBuilder two;
  two.ints("a", {1, 2}).ints("b", {0, 1, 2}).node("Add", "n", {"a", "b"}, {"target"});
  EXPECT_EQ(refusal("Add", two), "model.onnx: error: node 'n' (Add): shapes 2 and 3 do not fit");
  ModelBuilder zero;
  zero.ints("a", {1, 2}).ints("b", {0, 1}).node("Div", "n", {"a", "b"}, {"target"});
  EXPECT_EQ(refusal("Div", zero), "model.onnx: error: node 'n' (Div): divides an integer by 0");
  EXPECT_EQ(refusal("Mod", zero), "model.onnx: error: node 'n' (Mod): divides an integer by 0");
  ModelBuilder far;
  far.ints("a", {1, 2}).ints("b", {2}).node("Gather", "n", {"a", "b"}, {"target"});
  EXPECT_EQ(refusal("Gather", far), "model.onnx: error: node 'n' (Gather): index 2 is beyond 2 values");
  ModelBuilder negative;
  negative.ints("a", {-1}).node("ConstantOfShape", "n", {"a"}, {"target"});
  EXPECT_EQ(refusal("ConstantOfShape", negative),
            "model.onnx: error: node 'n' (ConstantOfShape): (-1) is no shape");
}

}  // namespace
}  // namespace phasecore
