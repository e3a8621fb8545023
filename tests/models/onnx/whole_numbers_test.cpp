// Indices and codes: whole numbers in a model, floats in the network, and whole numbers again where it is
// written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <cmath>

#include "tests/models/onnx/run_model.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::import;
using test::ModelBuilder;
using test::operators_of;
using test::run;
using ::testing::ElementsAre;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;
using ::onnx::TensorProto;

/// A model whose input "x" has this type.
ModelBuilder taking(int type, const std::vector<long long>& dims, int opset = 13) {
  ModelBuilder m(opset);
  m.input("x", dims);
  m.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(type);
  return m;
}

int type_of(const ::onnx::ValueInfoProto& value) {
  return value.type().tensor_type().elem_type();
}

/// The network written: ONNX accepts it, it computes the same of `x`, and it is written again without a byte
/// of difference.
::onnx::ModelProto expect_written(const graph::Network& n, const Floats& x) {
  const std::string bytes = onnx::serialize(n);
  const graph::Network again = onnx::parse(bytes, "again.onnx");
  EXPECT_EQ(run(again, x), run(n, x));
  EXPECT_EQ(again.ranges, n.ranges);
  EXPECT_EQ(onnx::serialize(again), bytes);
  ::onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytes));
  if (model.opset_import(0).version() <= 17) {  // newer ones Debian's checker does not know
    EXPECT_NO_THROW(::onnx::checker::check_model(model));
  }
  return model;
}

TEST(WholeNumbers, OfAnEmbeddingAreItsInput) {
  ModelBuilder m = taking(TensorProto::INT32, {-1, 3});
  m.weights("table", {2, 2}, {1, 2, 3, 4}).node("Gather", "embed", {"table", "x"}, {"y"}).output("y");
  const graph::Network n = import(m);
  const auto written = expect_written(n, {1, 0, -1});
  EXPECT_THAT(run(n, {1, 0, -1}), ElementsAre(3, 4, 1, 2, 3, 4));
  EXPECT_EQ(type_of(written.graph().input(0)), TensorProto::INT64);
  EXPECT_EQ(type_of(written.graph().output(0)), TensorProto::FLOAT);
  EXPECT_EQ(onnx::parse(onnx::serialize(n), "again.onnx").layers.size(), n.layers.size());
}

TEST(WholeNumbers, ThatAreMovedBeforeTheyAreIndicesStayWhole) {
  ModelBuilder m = taking(TensorProto::INT64, {-1, 4});
  m.ints("shape", {-1, 2, 2}).weights("table", {3, 1}, {10, 20, 30});
  m.node("Reshape", "square", {"x", "shape"}, {"s"});
  m.node("Transpose", "turned", {"s"}, {"t"}).set_list("perm", {0, 2, 1});
  m.node("Gather", "embed", {"table", "t"}, {"y"}).output("y");
  const graph::Network n = import(m);
  expect_written(n, {0, 1, 2, 0});
  EXPECT_THAT(run(n, {0, 1, 2, 0}), ElementsAre(10, 30, 20, 10));
}

TEST(WholeNumbers, ThatAreOneIndexTakeItsDimensionAway) {
  ModelBuilder part;
  part.input("x", {-1, 3, 2}).node("Gather", "second", {"x", "one"}, {"y"}).set("axis", 1).output("y");
  part.add_initializer("one", {}, TensorProto::INT64).add_int64_data(1);
  const graph::Network second = import(part);
  expect_written(second, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(run(second, {1, 2, 3, 4, 5, 6}), ElementsAre(3, 4));
  ModelBuilder parts;
  parts.input("x", {-1, 3, 2}).ints("two", {2, 0}).node("Gather", "two", {"x", "two"}, {"y"});
  parts.set("axis", 1).output("y");
  const graph::Network two = import(parts);
  expect_written(two, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(run(two, {1, 2, 3, 4, 5, 6}), ElementsAre(5, 6, 1, 2));
}

TEST(WholeNumbers, ThatAreOneIndexForEachSampleAreSqueezed) {
  ModelBuilder m = taking(TensorProto::INT64, {-1, 1});
  m.ints("axes", {1}).weights("table", {2, 2}, {1, 2, 3, 4}).node("Squeeze", "one", {"x", "axes"}, {"i"});
  m.node("Gather", "embed", {"table", "i"}, {"y"}).output("y");
  const graph::Network n = import(m);
  EXPECT_EQ(n.layers.back().shape, (graph::Shape{2}));
  const graph::Network again = onnx::parse(onnx::serialize(n), "again.onnx");
  EXPECT_EQ(again.layers.back().shape, (graph::Shape{2}));
  EXPECT_THAT(run(n, {1}), ElementsAre(3, 4));
  EXPECT_THAT(run(again, {1}), ElementsAre(3, 4));
}

TEST(WholeNumbers, OfTheLargestPlaceAreDeliveredAndComputedWithAsFloats) {
  ModelBuilder m;
  m.input("x", {-1, 2, 3}).weights("table", {3, 1}, {10, 20, 30});
  m.node("ArgMax", "place", {"x"}, {"p"}).set("axis", 2).set("keepdims", 0);
  m.node("Cast", "", {"p"}, {"real"}).set("to", 1).node("Exp", "exp", {"real"}, {"e"});
  m.node("Gather", "embed", {"table", "p"}, {"y"}).output("y").output("p").output("e");
  const graph::Network n = import(m);
  const auto written = expect_written(n, {1, 5, 2, 0, 1, 9});
  EXPECT_THAT(run(n, {1, 5, 2, 0, 1, 9}), ElementsAre(20, 30));
  EXPECT_EQ(type_of(written.graph().output(1)), TensorProto::INT64);
  EXPECT_EQ(type_of(written.graph().output(2)), TensorProto::FLOAT);
}

TEST(WholeNumbers, PartsOfAConstantAlongAnotherAxisThanTheFirstAreNotWritten) {
  ModelBuilder m = taking(TensorProto::INT64, {1, 2});
  m.weights("table", {2, 3}).node("Gather", "embed", {"table", "x"}, {"g"}).set("axis", 1);
  m.node("Transpose", "first", {"g"}, {"y"}).set_list("perm", {1, 0, 2}).output("y");
  const graph::Network n = import(m);
  test::expect_input_error([&] { onnx::serialize(n); },
                           "error: node 'embed' (Gather): takes parts of a constant along axis 1, where the "
                           "batch could not come first; cannot be written to ONNX");
}

/// Codes of this type in, values times 4 and -8 quarters out, as codes of scale 2 or as values.
ModelBuilder between_codes(int type, bool codes_out) {
  const bool is_wide = type == TensorProto::INT16;
  ModelBuilder m = taking(type, {-1, 2}, is_wide ? 21 : 13);
  m.weights("scale", {}, {0.5f}).weights("out.scale", {}, {2}).weights("w", {2, 1}, {1, -2});
  m.add_initializer("zero", {}, type).add_int32_data(is_wide ? 0 : 100);
  m.node("DequantizeLinear", "dq", {"x", "scale", "zero"}, {"v"})
      .node("MatMul", "product", {"v", "w"}, {"p"});
  if (codes_out) m.node("QuantizeLinear", "q", {"p", "out.scale", "zero"}, {"c"});
  return m.output(codes_out ? "c" : "p");
}

TEST(WholeNumbers, ThatAreCodesAreTakenAndDelivered) {
  for (const int type : {int{TensorProto::UINT8}, int{TensorProto::INT16}}) {
    const graph::Network n = import(between_codes(type, true));
    EXPECT_EQ(operators_of(n), (Names{"DequantizeLinear", "Gemm", "QuantizeLinear"}));
    const bool is_wide = type == TensorProto::INT16;
    const float zero = is_wide ? 0 : 100;
    // (106 - 100) / 2 - 2 * (109 - 100) / 2 = -6
    EXPECT_THAT(run(n, {zero + 6, zero + 9}), ElementsAre(zero - 3));
    const auto written = expect_written(n, {zero + 6, zero + 9});
    EXPECT_EQ(type_of(written.graph().input(0)), type);
    EXPECT_EQ(type_of(written.graph().output(0)), type);
    EXPECT_EQ(written.opset_import(0).version(), is_wide ? 21 : 13);
    EXPECT_EQ(type_of(expect_written(import(between_codes(type, false)), {1, 2}).graph().output(0)),
              TensorProto::FLOAT);
  }
}

/// Values to codes and back, with these scales and zero points along axis 1, and their sum.
ModelBuilder by_channel(const Floats& scales, const std::vector<int>& zeros) {
  ModelBuilder m;
  m.input("x", {-1, 3, 1, 2}).weights("scale", {static_cast<long long>(scales.size())}, scales);
  auto& zero = m.add_initializer("zero", {static_cast<long long>(zeros.size())}, TensorProto::INT8);
  for (const int z : zeros) zero.add_int32_data(z);
  m.node("QuantizeLinear", "q", {"x", "scale", "zero"}, {"c"}).set("axis", 1);
  m.node("DequantizeLinear", "dq", {"c", "scale", "zero"}, {"v"}).set("axis", -3);
  m.node("GlobalAveragePool", "pool", {"v"}, {"y"});
  return m.output("y");
}

TEST(WholeNumbers, WithAScalePerChannelSayHowLargeTheLargestChannelIs) {
  const graph::Network n = import(by_channel({0.5f, 2, 0.25f}, {0, 0, 0}));
  EXPECT_THAT(run(n, {0.1f, 0.3f, 5, 7, -1, -2}), ElementsAre(0.2f, 6, -1.5f)) << "values are not rounded";
  EXPECT_EQ(n.ranges.at("x"), 256);
  EXPECT_EQ(n.metadata.at("phasecore.codes_by_row"), "q");
  EXPECT_EQ(n.metadata.count("phasecore.asymmetric_codes"), 0u);
  expect_written(n, {1, 2, 3, 4, 5, 6});
  const graph::Network asymmetric = import(by_channel({0.5f, 2, 0.25f}, {0, 0, 100}));
  EXPECT_EQ(asymmetric.metadata.at("phasecore.asymmetric_codes"), "q");
}

TEST(WholeNumbers, WithScalesThatFitNoChannelsOrNoQuantizeLinearAreRefused) {
  test::expect_input_error(
      [] {
        import(by_channel({1, 2}, {0, 0}));
      },
      "model.onnx: error: node 'q' (QuantizeLinear): has 2 scales and 2 zero points for 3 "
      "rows along axis 1");
  const std::string refused =
      "model.onnx: error: node 'q' (QuantizeLinear): every scale must be a positive number";
  for (const Floats& scales : {Floats{-2}, Floats{std::nanf("")}, Floats{1, -2, 3}})
    EXPECT_EQ(test::input_error([&] { import(by_channel(scales, {0})); }).substr(0, refused.size()), refused);
  ModelBuilder other = by_channel({1, 2, 3}, {0, 0, 0});
  other.weights("others", {3}, {1, 1, 3}).graph().mutable_node(1)->set_input(1, "others");
  test::expect_input_error(
      [&] { import(other); },
      "model.onnx: error: node 'dq' (DequantizeLinear): scale or zero point of 'c' are not "
      "those it has");
  ModelBuilder codes = by_channel({1, 2, 3}, {0, 0, 0});
  codes.graph().mutable_output(0)->set_name("c");
  test::expect_input_error(
      [&] { import(codes); },
      "model.onnx: error: output 'c' is of codes with several scales; must be of values, "
      "or have one scale");
}

}  // namespace
}  // namespace phasecore
