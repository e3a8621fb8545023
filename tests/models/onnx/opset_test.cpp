// Operators whose form changed between opsets are read in every form.
#include <gtest/gtest.h>

#include "models/graph/ops/activation.hpp"
#include "tests/models/onnx/run_model.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::import;
using test::ModelBuilder;
using test::one_node;
using test::run;
using Strings = std::vector<std::string>;

TEST(Opset, EveryOneFrom7To23IsRead) {
  int read = 0;
  for (int opset = 7; opset <= 23; ++opset) {
    ModelBuilder m(opset);
    m.input("x", {1, 1, 2, 2}).weights("w", {1, 1, 2, 2});
    m.node("Conv", "c", {"x", "w"}, {"a"}).node("Relu", "r", {"a"}, {"y"}).output("y");
    EXPECT_EQ(run(import(m), {1, 2, 3, 4}), (std::vector<float>{5})) << opset;
    ++read;
  }
  EXPECT_EQ(read, 17);
}

TEST(Opset, ReduceMeanTakesItsAxesAsAttributeOrAsInput) {
  for (const int opset : {11, 13}) {
    ModelBuilder m = one_node("ReduceMean", {1, 2, 1, 2}, {}, opset);
    m.set_list("axes", {2, 3}).set("keepdims", 0);
    EXPECT_EQ(run(import(m), {1, 3, 5, 5}), (std::vector<float>{2, 5})) << opset;
  }
  for (const int keep : {0, 1}) {
    ModelBuilder m = one_node("ReduceMean", {1, 2, 1, 2}, {"axes"}, 18);
    m.ints("axes", {-1, -2}).set("keepdims", keep).set("noop_with_empty_axes", 0);
    EXPECT_EQ(run(import(m), {1, 3, 5, 5}), (std::vector<float>{2, 5}));
  }
}

TEST(Opset, SqueezeAndUnsqueezeTakeTheirAxesAsAttributeOrAsInput) {
  for (const int opset : {11, 13}) {
    ModelBuilder m(opset);
    m.input("x", {1, 3, 1, 1}).ints("one", {1}).ints("last", {2, 3});
    if (opset < 13) {
      m.node("Squeeze", "s", {"x"}, {"a"}).set_list("axes", {2, 3});
      m.node("Unsqueeze", "u", {"a"}, {"y"}).set_list("axes", {1});
    } else {
      m.node("Squeeze", "s", {"x", "last"}, {"a"}).node("Unsqueeze", "u", {"a", "one"}, {"y"});
    }
    const graph::Network n = import(m.output("a").output("y"));
    EXPECT_EQ(n.layers[n.outputs[0]].shape, (graph::Shape{3})) << opset;
    EXPECT_EQ(n.layers[n.outputs[1]].shape, (graph::Shape{1, 3})) << opset;
  }
}

TEST(Opset, PadTakesItsAmountsAsAttributeOrAsInput) {
  const auto padded = [](int opset, bool with_axes) {
    ModelBuilder m(opset);
    m.input("x", {1, 1, 1, 1}).weights("w", {1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}).weights("zero", {}, {0});
    if (opset < 11) {
      m.node("Pad", "p", {"x"}, {"a"}).set_list("pads", {0, 0, 1, 1, 0, 0, 0, 1}).set("value", 0.0);
    } else if (with_axes) {
      m.ints("amounts", {1, 1, 1, 0}).ints("axes", {-1, 2});
      m.node("Pad", "p", {"x", "amounts", "zero", "axes"}, {"a"});
    } else {
      m.ints("amounts", {0, 0, 1, 1, 0, 0, 0, 1}).node("Pad", "p", {"x", "amounts", "zero"}, {"a"});
    }
    return m.node("Conv", "c", {"a", "w"}, {"y"}).output("y");
  };
  for (const int opset : {10, 11, 13})
    EXPECT_EQ(run(import(padded(opset, false)), {2}), (std::vector<float>{10}));
  EXPECT_EQ(run(import(padded(18, true)), {2}), (std::vector<float>{10}));
}

TEST(Opset, ClipTakesItsBoundsAsAttributesOrAsInputs) {
  ModelBuilder old = one_node("Clip", {1, 3}, {}, 10);
  EXPECT_EQ(run(import(old.set("min", 0.0).set("max", 6.0)), {-1, 3, 9}), (std::vector<float>{0, 3, 6}));
  ModelBuilder now = one_node("Clip", {1, 3}, {"low", "high"}, 13);
  now.weights("low", {}, {0}).weights("high", {}, {6});
  EXPECT_EQ(run(import(now), {-1, 3, 9}), (std::vector<float>{0, 3, 6}));
}

TEST(Opset, DropoutTakesItsRatioAsAttributeOrAsInput) {
  ModelBuilder old = one_node("Dropout", {1, 2}, {}, 10);
  EXPECT_EQ(run(import(old.set("ratio", 0.4)), {3, 4}), (std::vector<float>{3, 4}));
  ModelBuilder now = one_node("Dropout", {1, 2}, {"ratio", "training"}, 13);
  now.weights("ratio", {}, {0.4f});
  now.add_initializer("training", {}, ::onnx::TensorProto::BOOL).add_int32_data(0);
  EXPECT_EQ(run(import(now), {3, 4}), (std::vector<float>{3, 4}));
}

// torch.nn.functional.dropout(x, p=0.0), which is in training by default.
TEST(Opset, DropoutInTrainingIsReadIfItDropsNothing) {
  const auto dropping = [](float ratio) {
    ModelBuilder m = one_node("Dropout", {1, 2}, {"ratio", "training"}, 13);
    m.weights("ratio", {}, {ratio});
    m.add_initializer("training", {}, ::onnx::TensorProto::BOOL).add_int32_data(1);
    return m;
  };
  EXPECT_EQ(run(import(dropping(0)), {3, 4}), (std::vector<float>{3, 4}));
  test::expect_input_error(
      [&] { import(dropping(0.4f)); },
      "model.onnx: error: node 'n' (Dropout): training_mode must be false, or the ratio 0");
}

// Before opset 13 all dimensions from the axis on are one vector.
TEST(Opset, SoftmaxOfAnImageBeforeOpset13IsOverAllItsValues) {
  const auto y = run(import(one_node("Softmax", {1, 2, 1, 2}, {}, 11)), {0, 0, 0, 0});
  EXPECT_EQ(y, (std::vector<float>{0.25f, 0.25f, 0.25f, 0.25f}));
  EXPECT_EQ(import(one_node("Softmax", {1, 2, 1, 2}, {}, 11)).layers.back().shape, (graph::Shape{2, 1, 2}));
}

TEST(Opset, BatchNormOutputsForTrainingAreNoMatterWhileNobodyReadsThem) {
  for (const int opset : {7, 9, 13}) {
    ModelBuilder m(opset);
    m.input("x", {1, 1})
        .weights("s", {1}, {2})
        .weights("b", {1}, {1})
        .weights("m", {1}, {3})
        .weights("v", {1}, {4});
    m.node("BatchNormalization", "n", {"x", "s", "b", "m", "v"}, {"y", "m1", "v1", "m2", "v2"})
        .set("epsilon", 0.0);
    EXPECT_EQ(run(import(m.output("y")), {5}), (std::vector<float>{3})) << opset;
  }
}

}  // namespace
}  // namespace phasecore
