// If whose condition is known while the model is read.
#include <gtest/gtest.h>

#include <functional>

#include "tests/models/onnx/run_model.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::import;
using test::ModelBuilder;
using test::run;
using Floats = std::vector<float>;

::onnx::GraphProto& branch(ModelBuilder& m, const std::string& name) {
  auto* attribute = m.last_node().add_attribute();
  attribute->set_name(name);
  attribute->set_type(::onnx::AttributeProto::GRAPH);
  return *attribute->mutable_g();
}

/// A branch of one node that reads from the graph around it.
void fill(::onnx::GraphProto& graph, const std::string& op, const std::vector<std::string>& inputs,
          const std::string& output) {
  auto& node = *graph.add_node();
  node.set_op_type(op);
  for (const auto& input : inputs) node.add_input(input);
  node.add_output(output);
  graph.add_output()->set_name(output);
}

/// x.squeeze(1) as PyTorch writes it: squeezed if there is one value along the axis, else as it is. Behind a
/// product with a bias.
ModelBuilder squeezed(int along) {
  ModelBuilder m;
  m.input("x", {-1, 2}).weights("w", {2, 2 * along}, Floats(4 * along, 1)).ints("to", {-1, along, 2});
  m.ints("axis", {1}).ints("one", {1}).weights("b", {2}, {10, 20});
  m.node("MatMul", "product", {"x", "w"}, {"p"}).node("Reshape", "", {"p", "to"}, {"r"});
  m.node("Shape", "", {"r"}, {"shape"}).node("Gather", "", {"shape", "axis"}, {"extent"}).set("axis", 0);
  m.node("Equal", "", {"extent", "one"}, {"is_one"}).node("If", "choice", {"is_one"}, {"s"});
  fill(branch(m, "then_branch"), "Squeeze", {"r", "axis"}, "then");
  fill(branch(m, "else_branch"), "Identity", {"r"}, "else");
  m.node("Add", "sum", {"s", "b"}, {"y"}).output("y");
  return m;
}

TEST(Choice, TheBranchThatAKnownConditionTakesIsRead) {
  const graph::Network one = import(squeezed(1)), two = import(squeezed(2));
  EXPECT_EQ(one.layers[one.outputs[0]].shape, (graph::Shape{2}));
  EXPECT_EQ(run(one, {1, 2}), (Floats{13, 23}));
  EXPECT_EQ(two.layers[two.outputs[0]].shape, (graph::Shape{2, 2}));
  EXPECT_EQ(run(two, {1, 2}), (Floats{13, 23, 13, 23}));
}

// What a branch reads has a reader more: a layer takes nothing up that others still want without it.
TEST(Choice, AProductThatABranchReadsStaysAsItIs) {
  ModelBuilder m;
  m.input("x", {1, 1})
      .weights("w", {1, 1}, {3})
      .weights("c", {1}, {10})
      .node("MatMul", "mm", {"x", "w"}, {"p"});
  m.add_initializer("yes", {}, ::onnx::TensorProto::BOOL).add_int32_data(1);
  m.node("Mul", "scaled", {"p", "c"}, {"q"}).node("If", "choice", {"yes"}, {"r"});
  fill(branch(m, "then_branch"), "Neg", {"p"}, "then");
  fill(branch(m, "else_branch"), "Neg", {"x"}, "else");
  m.node("Add", "sum", {"q", "r"}, {"y"}).output("y");
  EXPECT_EQ(run(import(m), {2}), (Floats{60 - 6}));
}

TEST(Choice, BranchesMayHoldConstantsAndChoicesAndDeliverSeveralTensors) {
  ModelBuilder m;
  m.input("x", {1, 2});
  m.add_initializer("no", {1}, ::onnx::TensorProto::BOOL).add_int32_data(0);
  m.node("If", "outer", {"no"}, {"y", "z"});
  branch(m, "then_branch");
  ::onnx::GraphProto& taken = branch(m, "else_branch");
  auto& ten = *taken.add_initializer();
  ten.set_name("ten");
  ten.set_data_type(::onnx::TensorProto::FLOAT);
  ten.add_float_data(10);
  fill(taken, "Mul", {"x", "ten"}, "times");
  auto& inner = *taken.add_node();
  inner.set_op_type("If");
  inner.add_input("no");
  inner.add_output("chosen");
  for (const char* name : {"then_branch", "else_branch"}) {
    auto* attribute = inner.add_attribute();
    attribute->set_name(name);
    attribute->set_type(::onnx::AttributeProto::GRAPH);
    fill(*attribute->mutable_g(), "Neg", {name == std::string("then_branch") ? "x" : "times"}, name);
  }
  taken.add_output()->set_name("chosen");
  const graph::Network n = import(m.output("y").output("z"));
  const auto outputs = graph::infer(n, {1, {2}, {1, 2}});
  EXPECT_EQ(outputs[0].values, (Floats{10, 20}));
  EXPECT_EQ(outputs[1].values, (Floats{-10, -20}));
}

TEST(Choice, WhatCannotBeTakenIsSaid) {
  const auto refusal = [](const std::function<void(ModelBuilder&)>& add) {
    ModelBuilder m;
    m.input("x", {1, 2});
    m.add_initializer("yes", {}, ::onnx::TensorProto::BOOL).add_int32_data(1);
    m.add_initializer("both", {2}, ::onnx::TensorProto::BOOL).add_int32_data(1);
    m.graph().mutable_initializer(1)->add_int32_data(1);
    add(m);
    return test::input_error([&] { import(m.output("y")); });
  };
  const std::string at = "model.onnx: error: node 'n' (If): ";
  EXPECT_EQ(refusal([](ModelBuilder& m) { m.node("If", "n", {"x"}, {"y"}); }),
            at + "supported only where its condition is constant");
  EXPECT_EQ(refusal([](ModelBuilder& m) { m.node("If", "n", {"both"}, {"y"}); }),
            at + "its condition must be one truth value");
  EXPECT_EQ(refusal([](ModelBuilder& m) { m.node("If", "n", {"yes"}, {"y"}); }),
            at + "attribute 'then_branch' must be a graph");
  EXPECT_EQ(refusal([](ModelBuilder& m) {
              m.node("If", "n", {"yes"}, {"y"});
              branch(m, "then_branch");
            }),
            at + "the branch that it takes does not deliver 'y'");
  EXPECT_EQ(refusal([](ModelBuilder& m) {
              m.node("If", "n", {"yes"}, {"y"});
              fill(branch(m, "then_branch"), "GridSample", {"x"}, "then");
            }),
            "model.onnx: error: operator GridSample is not supported (node 'then')");
  EXPECT_EQ(refusal([](ModelBuilder& m) {
              m.node("Relu", "", {"x"}, {"then"}).node("If", "n", {"yes"}, {"y"});
              fill(branch(m, "then_branch"), "Neg", {"then"}, "then");
            }).rfind("model.onnx: error: ", 0),
            0u);
}

}  // namespace
}  // namespace phasecore
