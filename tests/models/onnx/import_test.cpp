// What an ONNX node becomes.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/pool.hpp"
#include "tests/models/onnx/run_model.hpp"

namespace phasecore {
namespace {

using graph::Shape;
using test::import;
using test::ModelBuilder;
using test::one_node;
using test::run;

TEST(Import, LayersAreNamedAfterNodesWhenThatIsUnambiguous) {
  ModelBuilder m;
  m.input("x", {1, 4});
  m.node("Relu", "first", {"x"}, {"a"}).node("Relu", "same", {"a"}, {"b"}).node("Relu", "same", {"b"}, {"c"});
  m.node("Relu", "", {"c"}, {"d"}).node("Relu", "x", {"d"}, {"e"}).output("e");
  const graph::Network n = import(m);
  std::vector<std::string> names;
  for (const auto& l : n.layers) names.push_back(l.name);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "first", "b", "c", "d", "x_2"}));
  EXPECT_EQ(n.layers[1].where.file, "model.onnx");
}

TEST(Import, AutoPadIsResolved) {
  // in 7, kernel 3, stride 2: ceil(7/2) = 4 outputs need (4-1)*2+3-7 = 2 pixels; kernel 2: 1 pixel.
  for (const std::string rule : {"SAME_UPPER", "SAME_LOWER", "VALID"}) {
    ModelBuilder m = one_node("MaxPool", {1, 1, 7, 7});
    m.set_list("kernel_shape", {3, 2}).set_list("strides", {2, 2}).set("auto_pad", rule);
    const graph::Window w = import(m).layers[1].as<graph::Pool>()->window;
    const std::vector<int> pads{w.pad_top, w.pad_left, w.pad_bottom, w.pad_right};
    const std::vector<int> expected = rule == "SAME_UPPER"   ? std::vector<int>{1, 0, 1, 1}
                                      : rule == "SAME_LOWER" ? std::vector<int>{1, 1, 1, 0}
                                                             : std::vector<int>{0, 0, 0, 0};
    EXPECT_EQ(pads, expected) << rule;
  }
}

TEST(Import, GemmFoldsAlphaBetaAndTransposition) {
  for (int transposed : {0, 1}) {
    ModelBuilder m = one_node("Gemm", {1, 2}, {"w", "b"});
    m.set("alpha", 2.0).set("beta", 0.5).set("transB", transposed);
    m.weights("w", transposed ? std::vector<long long>{3, 2} : std::vector<long long>{2, 3},
              transposed ? std::vector<float>{1, 4, 2, 5, 3, 6} : std::vector<float>{1, 2, 3, 4, 5, 6});
    m.weights("b", {1, 3}, {10, 20, 30});
    EXPECT_EQ(run(import(m), {1, 10}), (std::vector<float>{82 + 5, 104 + 10, 126 + 15}));
  }
}

TEST(Import, AGemmBiasOfOneValueIsForAllOutputs) {
  for (const std::vector<long long>& dims : std::vector<std::vector<long long>>{{}, {1}, {1, 1}}) {
    ModelBuilder m = one_node("Gemm", {1, 2}, {"w", "b"});
    m.weights("w", {2, 3}).weights("b", dims, {4});
    EXPECT_EQ(run(import(m), {1, 1}), (std::vector<float>{5, 5, 5}));
  }
}

TEST(Import, MatMulWithAConstantAddedIsOneGemm) {
  ModelBuilder m;
  m.input("x", {1, 2})
      .weights("w", {2, 3}, {1, 2, 3, 4, 5, 6})
      .weights("b", {3}, {1, 1, 2})
      .weights("c", {}, {10});
  m.node("MatMul", "mm", {"x", "w"}, {"p"}).node("Identity", "id", {"p"}, {"q"});
  m.node("Add", "add", {"b", "q"}, {"r"}).node("Add", "again", {"r", "c"}, {"y"}).output("y");
  m.metadata("phasecore.input_range.p", "70").metadata("phasecore.input_range.y", "9.5");
  const graph::Network n = import(m);
  ASSERT_EQ(n.layers.size(), 2u);
  EXPECT_EQ(n.layers[1].name, "mm");
  EXPECT_EQ(run(n, {1, 1}), (std::vector<float>{5 + 11, 7 + 11, 9 + 12}));
  // p is the product before the constants: nothing delivers it any more.
  EXPECT_EQ(n.ranges, (std::map<std::string, double>{{"mm", 9.5}}));
}

TEST(Import, AConstantPerChannelBecomesTheConvolutionsBias) {
  ModelBuilder m;
  m.input("x", {1, 1, 2, 2}).weights("w", {2, 1, 1, 1}, {1, 2}).weights("b", {2}, {1, 1});
  m.weights("c", {2, 1, 1}, {10, 20});
  m.node("Conv", "conv", {"x", "w", "b"}, {"p"}).node("Add", "add", {"p", "c"}, {"y"}).output("y");
  EXPECT_EQ(run(import(m), {1, 2, 3, 4}), (std::vector<float>{12, 13, 14, 15, 23, 25, 27, 29}));
}

TEST(Import, ClipTakesAttributesOrInputsAndOpenBounds) {
  const float infinity = std::numeric_limits<float>::infinity();
  ModelBuilder old = one_node("Clip", {1, 3}, {}, 10);
  old.set("max", 6.0);
  const graph::Network clip = import(old);
  EXPECT_EQ(clip.layers[1].as<graph::Clip>()->low, -infinity);
  EXPECT_EQ(clip.layers[1].as<graph::Clip>()->high, 6);
  ModelBuilder now = one_node("Clip", {1, 3}, {"lo", "hi"});
  now.weights("lo", {}, {0}).weights("hi", {}, {6});
  EXPECT_EQ(run(import(now), {-1, 3, 9}), (std::vector<float>{0, 3, 6}));
  ModelBuilder open = one_node("Clip", {1, 3}, {"", "hi"});
  open.weights("hi", {}, {6});
  EXPECT_EQ(run(import(open), {-1, 3, 9}), (std::vector<float>{-1, 3, 6}));
}

TEST(Import, ReduceMeanOverTheImageIsAGlobalAveragePool) {
  for (int keep : {0, 1}) {
    ModelBuilder m = one_node("ReduceMean", {1, 2, 1, 2});
    m.set_list("axes", {-1, 2}).set("keepdims", keep);
    const graph::Network n = import(m);
    EXPECT_EQ(n.layers[n.outputs[0]].shape, keep ? Shape({2, 1, 1}) : Shape({2}));
    EXPECT_EQ(n.layers[n.outputs[0]].name, "n");
    EXPECT_EQ(run(n, {1, 3, 5, 5}), (std::vector<float>{2, 5}));
  }
}

TEST(Import, ConstantsIdentitiesAndDropoutsAreResolved) {
  ModelBuilder m;
  m.input("x", {1, 2});
  m.node("Constant", "", {}, {"raw"});
  auto* value = m.last_node().add_attribute();
  value->set_name("value");
  value->set_type(::onnx::AttributeProto::TENSOR);
  value->mutable_t()->set_data_type(::onnx::TensorProto::FLOAT);
  for (int d : {1, 2}) value->mutable_t()->add_dims(d);
  const std::vector<float> weights{3, 4};
  value->mutable_t()->set_raw_data(weights.data(), 8);
  m.node("Identity", "", {"raw"}, {"w"}).node("Dropout", "", {"x"}, {"kept", "mask"}).set("seed", 3);
  m.node("Gemm", "fc", {"kept", "w"}, {"p"}).set("transB", 1).node("Identity", "", {"p"}, {"y"}).output("y");
  const graph::Network n = import(m);
  ASSERT_EQ(n.layers.size(), 2u);
  EXPECT_EQ(run(n, {1, 10}), (std::vector<float>{43}));
}

// Every reader asks for the tensor at the beginning of the chain. Walked anew each time, this would take
// minutes.
TEST(Import, ChainsOfIdentitiesCostWhatTheyAreLong) {
  constexpr int kIdentities = 20000, kReaders = 20000;
  ModelBuilder m;
  m.input("x", {1, 2});
  std::string at = "x";
  for (int i = 0; i < kIdentities; ++i) {
    const std::string next = "i" + std::to_string(i);
    m.node("Identity", next, {at}, {next});
    at = next;
  }
  for (int i = 0; i < kReaders; ++i) {
    const std::string name = "r" + std::to_string(i);
    m.node("Relu", name, {at}, {name}).output(name);
  }
  const graph::Network n = import(m);
  EXPECT_EQ(n.layers.size(), 1u + kReaders);
  EXPECT_EQ(n.layers.back().inputs, (std::vector<int>{0}));
}

TEST(Import, RangesOfProductsBeforeTheirBiasAreLeftOutThroughIdentities) {
  ModelBuilder m;
  m.input("x", {1, 2}).weights("w", {2, 2}).weights("c", {2});
  m.node("MatMul", "mm", {"x", "w"}, {"p"}).node("Identity", "", {"p"}, {"q"});
  m.node("Add", "", {"q", "c"}, {"s"}).node("Add", "", {"s", "c"}, {"t"});
  m.node("Dropout", "", {"t"}, {"y"}).output("y");
  for (const char* tensor : {"p", "q", "s"}) m.metadata(std::string("phasecore.input_range.") + tensor, "7");
  m.metadata("phasecore.input_range.t", "2").metadata("phasecore.input_range.y", "3");
  EXPECT_EQ(import(m).ranges, (std::map<std::string, double>{{"mm", 3}}));
}

TEST(Import, WeightsMayBeDoubleOrHalf) {
  ModelBuilder m = one_node("Gemm", {1, 2}, {"w", "b"});
  m.set("transB", 1);
  auto& w = m.add_initializer("w", {1, 2}, ::onnx::TensorProto::FLOAT16);
  w.add_int32_data(0x3e00);  // 1.5
  w.add_int32_data(0xc000);  // -2
  auto& b = m.add_initializer("b", {1}, ::onnx::TensorProto::DOUBLE);
  const double tenth = 0.1;
  b.set_raw_data(&tenth, 8);
  EXPECT_EQ(run(import(m), {2, 1}), (std::vector<float>{1 + 0.1f}));
}

TEST(Import, ReshapeUnderstandsZeroAndMinusOne) {
  const std::vector<std::pair<std::vector<std::int64_t>, Shape>> cases{{{0, -1}, {24}},
                                                                       {{1, -1, 3}, {8, 3}},
                                                                       {{-1, 24}, {24}},
                                                                       {{1, 2, 0, 4}, {2, 3, 4}},
                                                                       {{0, 0, 12}, {2, 12}}};
  for (const auto& [target, shape] : cases) {
    ModelBuilder m = one_node("Reshape", {-1, 2, 3, 4}, {"s"});
    m.ints("s", target);
    EXPECT_EQ(import(m).layers[1].shape, shape);
  }
  ModelBuilder batch = one_node("Reshape", {5, 2, 3}, {"s"});
  batch.ints("s", {5, 6});
  EXPECT_EQ(import(batch).layers[1].shape, (Shape{6}));
}

TEST(Import, FlattenTakesAnAxisCountedFromTheEnd) {
  ModelBuilder m = one_node("Flatten", {1, 2, 3, 4});
  m.set("axis", -3);
  EXPECT_EQ(import(m).layers[1].shape, (Shape{24}));
}

TEST(Import, BatchNormKeepsItsNumbers) {
  ModelBuilder m = one_node("BatchNormalization", {1, 2, 1, 1}, {"s", "b", "mean", "var"});
  m.weights("s", {2}, {2, 1})
      .weights("b", {2}, {1, 0})
      .weights("mean", {2}, {3, -1})
      .weights("var", {2}, {4, 0.25f});
  m.set("epsilon", 0.0).set("momentum", 0.9);
  EXPECT_EQ(run(import(m), {5, 0}), (std::vector<float>{3, 2}));
}

TEST(Import, InitializersListedAsInputsAreNoInputs) {
  ModelBuilder m = one_node("Gemm", {1, 2}, {"w"});
  m.weights("w", {2, 1}).input("w", {2, 1});
  EXPECT_EQ(import(m).input().name, "x");
}

TEST(Import, NodesThatNoOutputDependsOnAreLeftOut) {
  ModelBuilder m = one_node("Relu", {1, 2});
  m.node("GridSample", "unused", {"x"}, {"z"}).metadata("phasecore.input_range.z", "1");
  EXPECT_EQ(import(m).layers.size(), 2u);
}

TEST(Import, MetadataIsKeptAndRangesFollowTheirTensors) {
  ModelBuilder m;
  m.input("x", {1, 2}).node("Relu", "relu", {"x"}, {"t"}).node("Identity", "id", {"t"}, {"u"}).output("u");
  m.metadata("phasecore.input_range.x", "2.5").metadata("phasecore.input_range.t", "1e-1");
  m.metadata("phasecore.input_range.u", "0.25")
      .metadata("phasecore.recipe", "epochs: 3\n")
      .metadata("author", "none");
  const graph::Network n = import(m);
  EXPECT_EQ(n.ranges, (std::map<std::string, double>{{"x", 2.5}, {"relu", 0.25}}));
  EXPECT_EQ(n.metadata,
            (std::map<std::string, std::string>{{"phasecore.recipe", "epochs: 3\n"}, {"author", "none"}}));
}

TEST(Import, SeveralOutputsKeepTheirOrder) {
  ModelBuilder m;
  m.input("x", {1, 2})
      .node("Relu", "a", {"x"}, {"t"})
      .node("Softmax", "b", {"t"}, {"u"})
      .output("u")
      .output("t");
  EXPECT_EQ(import(m).outputs, (std::vector<int>{2, 1}));
}

}  // namespace
}  // namespace phasecore
