#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <limits>

#include "models/onnx/onnx.hpp"
#include "tests/models/graph/draft.hpp"

namespace phasecore {
namespace {

using graph::Op;

void expect_equal(const graph::Tensor& a, const graph::Tensor& b) {
  EXPECT_EQ(a.shape, b.shape);
  EXPECT_EQ(a.values, b.values);
}

void expect_equal(const graph::Network& a, const graph::Network& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.outputs, b.outputs);
  EXPECT_EQ(a.ranges, b.ranges);
  EXPECT_EQ(a.metadata, b.metadata);
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    const graph::Layer &x = a.layers[i], &y = b.layers[i];
    SCOPED_TRACE(x.name);
    EXPECT_EQ(x.name, y.name);
    EXPECT_EQ(x.op, y.op);
    EXPECT_EQ(x.inputs, y.inputs);
    EXPECT_EQ(x.shape, y.shape);
    EXPECT_EQ(x.groups, y.groups);
    expect_equal(x.weights, y.weights);
    expect_equal(x.bias, y.bias);
    expect_equal(x.scale, y.scale);
    expect_equal(x.mean, y.mean);
    expect_equal(x.variance, y.variance);
    EXPECT_EQ(x.epsilon, y.epsilon);
    EXPECT_EQ(x.clip_min, y.clip_min);
    EXPECT_EQ(x.clip_max, y.clip_max);
    const graph::Window &v = x.window, &w = y.window;
    EXPECT_EQ(
        std::vector<int>({v.kernel_h, v.kernel_w, v.stride_h, v.stride_w, v.pad_top, v.pad_left, v.pad_bottom,
                          v.pad_right, v.dilation_h, v.dilation_w, v.ceil_mode, v.count_include_pad}),
        std::vector<int>({w.kernel_h, w.kernel_w, w.stride_h, w.stride_w, w.pad_top, w.pad_left, w.pad_bottom,
                          w.pad_right, w.dilation_h, w.dilation_w, w.ceil_mode, w.count_include_pad}));
  }
}

TEST(RoundTrip, EveryLayerTypeComesBackEqual) {
  graph::Network n = test::all_layer_types();
  n.ranges = {{"input", 2.64}, {"relu", 0.1}, {"fc", 1.0 / 3}};
  n.metadata = {{"phasecore.recipe", "epochs: 30\nseed: 1\n"}, {"phasecore.note", "text"}};
  n.layers[n.find("clip")].clip_min = -std::numeric_limits<float>::infinity();
  n.layers[n.find("norm")].epsilon = 0.001f;
  n.layers[n.find("stem")].window.pad_right = 2;
  n.layers[n.find("stem")].window.pad_left = 0;
  const graph::Network back = onnx::parse(onnx::serialize(n), "written.onnx");
  expect_equal(n, back);
}

TEST(RoundTrip, TheSameNetworkGivesTheSameBytes) {
  const graph::Network n = test::all_layer_types();
  const std::string bytes = onnx::serialize(n);
  EXPECT_EQ(onnx::serialize(test::all_layer_types()), bytes);
  EXPECT_EQ(onnx::serialize(onnx::parse(bytes, "written.onnx")), bytes);
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
  d.add(Op::Relu, "fc.weight");
  d.add(Op::Relu, "fc.weight_");
  const graph::Network n = d.build();
  expect_equal(n, onnx::parse(onnx::serialize(n), "written.onnx"));
}

TEST(RoundTrip, ANetworkThatOnlyPassesItsInputOnSurvives) {
  test::Draft d({3});
  d.network().outputs = {0};
  const graph::Network n = d.build();
  expect_equal(n, onnx::parse(onnx::serialize(n), "written.onnx"));
}

}  // namespace
}  // namespace phasecore
