// Functions that a model defines itself.
#include <gtest/gtest.h>

#include "tests/models/onnx/run_model.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::import;
using test::ModelBuilder;
using test::run;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;

/// A function being built; nodes are added to it as to a model.
class Function {
 public:
  Function(ModelBuilder& m, const std::string& name, const Names& inputs, const Names& outputs)
      : function_(*m.model().add_functions()) {
    function_.set_domain("own");
    function_.set_name(name);
    for (const auto& input : inputs) function_.add_input(input);
    for (const auto& output : outputs) function_.add_output(output);
    function_.add_opset_import()->set_version(m.model().opset_import(0).version());
  }

  ::onnx::NodeProto& node(const std::string& op, const Names& inputs, const Names& outputs,
                          const std::string& domain = "") {
    auto& node = *function_.add_node();
    node.set_op_type(op);
    node.set_domain(domain);
    for (const auto& input : inputs) node.add_input(input);
    for (const auto& output : outputs) node.add_output(output);
    return node;
  }

  ::onnx::FunctionProto& proto() { return function_; }

 private:
  ::onnx::FunctionProto& function_;
};

void call(ModelBuilder& m, const std::string& function, const Names& inputs, const Names& outputs) {
  m.node(function, "", inputs, outputs).last_node().set_domain("own");
}

TEST(Functions, StandInThePlaceOfTheNodesThatCallThem) {
  ModelBuilder m(18);
  m.input("x", {1, 2}).weights("c", {}, {10});
  Function twice(m, "Twice", {"a"}, {"b"});
  twice.node("Add", {"a", "a"}, {"b"});
  Function both(m, "TwiceAndMore", {"a", "by"}, {"b", "c"});
  both.node("Twice", {"a"}, {"t"}, "own");  // a name that the model has, too
  both.node("Mul", {"t", "by"}, {"b"});
  both.node("Neg", {"t"}, {"c"});
  m.node("Neg", "", {"x"}, {"t"});
  call(m, "TwiceAndMore", {"t", "c"}, {"p", "q"});
  call(m, "Twice", {"q"}, {"r"});
  m.node("Add", "sum", {"p", "r"}, {"y"}).output("y");
  EXPECT_EQ(run(import(m), {1, 3}), (Floats{-20 + 4, -60 + 12}));
}

::onnx::AttributeProto& refer(::onnx::NodeProto& node, const std::string& name, const std::string& to) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(::onnx::AttributeProto::FLOAT);
  attribute.set_ref_attr_name(to);
  return attribute;
}

/// Field 11 of FunctionProto, which Debian's library does not know: what an attribute is by default.
std::string default_attribute(const std::string& name, float value) {
  ::onnx::AttributeProto attribute;
  attribute.set_name(name);
  attribute.set_type(::onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
  const std::string bytes = attribute.SerializeAsString();
  return std::string{11 << 3 | 2, static_cast<char>(bytes.size())} + bytes;
}

TEST(Functions, AttributesAreThoseOfTheCallOrTheFunctionsOwn) {
  ModelBuilder m(18);
  m.input("x", {1, 1});
  Function leaky(m, "Leaky", {"a"}, {"b"});
  refer(leaky.node("LeakyRelu", {"a"}, {"b"}), "alpha", "slope");
  ASSERT_TRUE(
      leaky.proto().ParseFromString(leaky.proto().SerializeAsString() + default_attribute("slope", 0.25f)));
  call(m, "Leaky", {"x"}, {"own"});
  call(m, "Leaky", {"x"}, {"given"});
  m.set("slope", 0.5).output("own").output("given");
  Function plain(m, "Plain", {"a"}, {"b"});  // nobody says: as the operator has it
  refer(plain.node("LeakyRelu", {"a"}, {"b"}), "alpha", "slope");
  call(m, "Plain", {"x"}, {"none"});
  const auto y = graph::infer(import(m.output("none")), {1, {1}, {-100}});
  EXPECT_EQ(y[0].values, (Floats{-25}));
  EXPECT_EQ(y[1].values, (Floats{-50}));
  EXPECT_EQ(y[2].values, (Floats{-1}));
}

TEST(Functions, OptionalInputsMayBeLeftOutAndInputsPassedOn) {
  ModelBuilder m(18);
  m.input("x", {1, 2});
  Function f(m, "F", {"a", "low", "high"}, {"b", "a"});
  f.node("Clip", {"a", "low", "high"}, {"b"});
  m.weights("one", {}, {1});
  call(m, "F", {"x", "", "one"}, {"y", "z"});
  call(m, "F", {"x", "one"}, {"v"});
  const auto y = graph::infer(import(m.output("y").output("z").output("v")), {1, {2}, {-3, 3}});
  EXPECT_EQ(y[0].values, (Floats{-3, 1}));
  EXPECT_EQ(y[1].values, (Floats{-3, 3}));
  EXPECT_EQ(y[2].values, (Floats{1, 3}));
}

/// Rank and IsScalar as PyTorch's exporter brings them along, and a mean that asks them.
ModelBuilder mean_of_pytorch() {
  ModelBuilder m(18);
  m.input("x", {-1, 2, 1, 2}).ints("axes", {-1, -2});
  Function rank(m, "Rank", {"input"}, {"return_val"});
  rank.node("Shape", {"input"}, {"tmp"});
  rank.node("Size", {"tmp"}, {"return_val"});
  Function scalar(m, "IsScalar", {"input"}, {"return_val"});
  scalar.node("Rank", {"input"}, {"tmp"}, "own");
  auto& value = *scalar.node("Constant", {}, {"zero"}).add_attribute();
  value.set_name("value_int");
  value.set_type(::onnx::AttributeProto::INT);
  value.set_i(0);
  scalar.node("Equal", {"tmp", "zero"}, {"return_val"});
  Function mean(m, "aten_mean_dim", {"self", "dim"}, {"result"});
  mean.node("IsScalar", {"self"}, {"cond"}, "own");
  auto& choice = mean.node("If", {"cond"}, {"result"});
  for (const bool then : {true, false}) {
    auto& branch = *choice.add_attribute();
    branch.set_name(then ? "then_branch" : "else_branch");
    branch.set_type(::onnx::AttributeProto::GRAPH);
    auto& node = *branch.mutable_g()->add_node();
    node.set_op_type(then ? "Identity" : "ReduceMean");
    node.add_input("self");
    if (!then) node.add_input("dim");
    node.add_output(then ? "result_0" : "result_1");
    branch.mutable_g()->add_output()->set_name(node.output(0));
  }
  call(m, "aten_mean_dim", {"x", "axes"}, {"y"});
  return m.output("y");
}

TEST(Functions, AMeanOfPytorchsNewExporterIsRead) {
  const graph::Network n = import(mean_of_pytorch());
  EXPECT_EQ(test::operators_of(n), (Names{"GlobalAveragePool"}));
  EXPECT_EQ(run(n, {1, 3, 5, 5}), (Floats{2, 5}));
}

TEST(Functions, ThatCallThemselvesOrMakeTooMuchAreRefused) {
  ModelBuilder circle(18);
  circle.input("x", {1, 2}).output("y");
  Function(circle, "A", {"a"}, {"b"}).node("B", {"a"}, {"b"}, "own");
  Function(circle, "B", {"a"}, {"b"}).node("A", {"a"}, {"b"}, "own");
  call(circle, "A", {"x"}, {"y"});
  EXPECT_EQ(test::input_error([&] { import(circle); }), "model.onnx: error: function own::A calls itself");
  for (const bool empty : {false, true}) {
    ModelBuilder bomb(18);
    bomb.input("x", {1, 2}).output("y");
    for (int level = 0; level < 29; ++level) {
      Function f(bomb, "F" + std::to_string(level), {"a"}, {"b"});
      f.node("F" + std::to_string(level + 1), {"a"}, {"t"}, "own");
      f.node("F" + std::to_string(level + 1), {"t"}, {"b"}, "own");
    }
    Function last(bomb, "F29", {"a"}, {"b"});
    if (!empty) last.node("Neg", {"a"}, {"b"});
    call(bomb, "F0", {"x"}, {"y"});
    EXPECT_EQ(test::input_error([&] { import(bomb); }),
              "model.onnx: error: its functions make more than 100000 nodes, or 256 MiB of them");
  }
}

TEST(Functions, OfAnotherOpsetOrDefinedTwiceAreRefused) {
  ModelBuilder m(18);
  m.input("x", {1, 2}).output("y");
  Function old(m, "F", {"a"}, {"b"});
  old.node("Neg", {"a"}, {"b"});
  old.proto().mutable_opset_import(0)->set_version(15);
  Function again(m, "F", {"a"}, {"b"});
  again.node("Neg", {"a"}, {"b"});
  call(m, "F", {"x"}, {"y"});
  EXPECT_EQ(test::input_error([&] { import(m); }),
            "model.onnx: error: function own::F is written for opset 15, the model for 18\n"
            "model.onnx: error: function own::F is defined twice");
}

}  // namespace
}  // namespace phasecore
