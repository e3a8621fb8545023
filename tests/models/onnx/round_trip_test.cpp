#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <limits>

#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/matmul.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/models/graph/draft.hpp"

namespace phasecore {
namespace {

void expect_equal(const graph::Window& v, const graph::Window& w) {
  EXPECT_EQ(
      std::vector<int>({v.kernel_h, v.kernel_w, v.stride_h, v.stride_w, v.pad_top, v.pad_left, v.pad_bottom,
                        v.pad_right, v.dilation_h, v.dilation_w, v.ceil_mode, v.count_include_pad}),
      std::vector<int>({w.kernel_h, w.kernel_w, w.stride_h, w.stride_w, w.pad_top, w.pad_left, w.pad_bottom,
                        w.pad_right, w.dilation_h, w.dilation_w, w.ceil_mode, w.count_include_pad}));
}

/// Both are a T, or neither is: `equal` sees them then.
template <class T, class Equal>
void compare(const graph::Layer& x, const graph::Layer& y, Equal equal) {
  const T *a = x.as<T>(), *b = y.as<T>();
  ASSERT_EQ(a == nullptr, b == nullptr);
  if (a != nullptr) equal(*a, *b);
}

void expect_equal(const graph::Layer& x, const graph::Layer& y) {
  EXPECT_EQ(x.name, y.name);
  EXPECT_EQ(x.op().name(), y.op().name());
  EXPECT_EQ(x.inputs, y.inputs);
  EXPECT_EQ(x.shape, y.shape);
  const auto tensors = x.op().tensors(), others = y.op().tensors();
  ASSERT_EQ(tensors.size(), others.size());
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    EXPECT_EQ(tensors[t].values->shape, others[t].values->shape) << tensors[t].name;
    EXPECT_EQ(tensors[t].values->values, others[t].values->values) << tensors[t].name;
  }
  compare<graph::Conv>(x, y, [](const auto& a, const auto& b) {
    EXPECT_EQ(a.groups, b.groups);
    expect_equal(a.window, b.window);
  });
  compare<graph::Pool>(x, y, [](const auto& a, const auto& b) { expect_equal(a.window, b.window); });
  compare<graph::BatchNorm>(x, y, [](const auto& a, const auto& b) { EXPECT_EQ(a.epsilon, b.epsilon); });
  compare<graph::Clip>(x, y, [](const auto& a, const auto& b) {
    EXPECT_EQ(a.low, b.low);
    EXPECT_EQ(a.high, b.high);
  });
}

void expect_equal(const graph::Network& a, const graph::Network& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.outputs, b.outputs);
  EXPECT_EQ(a.ranges, b.ranges);
  EXPECT_EQ(a.metadata, b.metadata);
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    SCOPED_TRACE(a.layers[i].name);
    expect_equal(a.layers[i], b.layers[i]);
  }
}

TEST(RoundTrip, EveryLayerTypeComesBackEqual) {
  graph::Network n = test::all_layer_types();
  n.ranges = {{"input", 2.64}, {"relu", 0.1}, {"fc", 1.0 / 3}};
  n.metadata = {{"phasecore.recipe", "epochs: 30\nseed: 1\n"}, {"phasecore.note", "text"}};
  n.layers[n.find("clip")].edit<graph::Clip>()->low = -std::numeric_limits<float>::infinity();
  n.layers[n.find("norm")].edit<graph::BatchNorm>()->epsilon = 0.001f;
  graph::Window& window = n.layers[n.find("stem")].edit<graph::Conv>()->window;
  window.pad_right = 2;
  window.pad_left = 0;
  const graph::Network back = onnx::parse(onnx::serialize(n), "written.onnx");
  expect_equal(n, back);
}

TEST(RoundTrip, TheSameNetworkGivesTheSameBytes) {
  const graph::Network n = test::all_layer_types();
  const std::string bytes = onnx::serialize(n);
  EXPECT_EQ(onnx::serialize(test::all_layer_types()), bytes);
  EXPECT_EQ(onnx::serialize(onnx::parse(bytes, "written.onnx")), bytes);
}

TEST(RoundTrip, WithoutWeightsAllElseCounts) {
  const graph::Network n = test::all_layer_types();
  graph::Network other_weights = n, other_window = n;
  auto& conv = *other_weights.layers[n.find("stem")].edit<graph::Conv>();
  for (float& weight : conv.tensors().front().values->values) weight += 1;
  other_window.layers[n.find("stem")].edit<graph::Conv>()->window.pad_left = 0;
  const std::string bytes = onnx::serialize_without_weights(n);
  EXPECT_LT(bytes.size(), onnx::serialize(n).size());
  EXPECT_EQ(onnx::serialize_without_weights(other_weights), bytes);
  EXPECT_NE(onnx::serialize(other_weights), onnx::serialize(n));
  EXPECT_NE(onnx::serialize_without_weights(other_window), bytes);
}

TEST(RoundTrip, OnnxsOwnCheckerAcceptsWhatIsWritten) {
  ::onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(onnx::serialize(test::all_layer_types())));
  EXPECT_NO_THROW(::onnx::checker::check_model(model));
  EXPECT_EQ(model.opset_import(0).version(), 13);
  EXPECT_EQ(model.ir_version(), 8);
}

TEST(RoundTrip, InitializersNeverTakeALayersName) {
  test::Draft d({3});
  d.gemm("fc", 3, 3);
  d.add<graph::Relu>("fc.weight");
  d.add<graph::Relu>("fc.weight_");
  const graph::Network n = d.build();
  expect_equal(n, onnx::parse(onnx::serialize(n), "written.onnx"));
}

/// ONNX lines shapes up from their last dimension on, and the first of an activation is the batch.
TEST(RoundTrip, OperandsOfMoreDimensionsThanAnActivationAreNotTakenForItsBatch) {
  const auto expect_survives = [](const test::Draft& draft) {
    const graph::Network n = draft.build();
    const graph::Network back = onnx::parse(onnx::serialize(n), "written.onnx");
    const std::string again = onnx::serialize(back);
    EXPECT_EQ(onnx::serialize(onnx::parse(again, "again.onnx")), again);
    const graph::Batch x = test::random_batch(3, n.input().shape, 1);
    EXPECT_EQ(graph::infer(n, x)[0].values, graph::infer(back, x)[0].values);
  };
  {
    test::Draft d({2, 2});
    d.add("mean", graph::Constant(test::random_tensor({2, 1, 1}, 2)), {});
    d.network().layers.back().inputs = {};
    d.add<graph::Sub>("minus", {0, 1});
    d.add<graph::Sub>("from", {1, 0});
    d.add<graph::Add>("sum", {2, 0});
    d.add<graph::Mul>("product", {3, 4});
    expect_survives(d);
  }
  {
    test::Draft d({2, 3});
    d.add("weights", graph::Constant(test::random_tensor({5, 3, 4}, 2)), {});
    d.network().layers.back().inputs = {};
    d.add<graph::MatMul>("product", {0, 1});
    expect_survives(d);
  }
  {
    test::Draft d({3});
    d.add("row", graph::Reshape({1, 3}));
    d.add<graph::Mul>("product", {0, 1});
    d.add<graph::Max>("product.aligned", {0, 2});  // the name is taken
    expect_survives(d);
  }
}

TEST(RoundTrip, ANetworkThatOnlyPassesItsInputOnSurvives) {
  test::Draft d({3});
  d.network().outputs = {0};
  const graph::Network n = d.build();
  expect_equal(n, onnx::parse(onnx::serialize(n), "written.onnx"));
}

}  // namespace
}  // namespace phasecore
