// An operator computed in float that the library does not know, added from outside with what a built-in one
// has in models/graph/ops and models/onnx/ops: x * sigmoid(slope * x), one slope per channel.
#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <cmath>

#include "models/graph/infer.hpp"
#include "models/graph/init.hpp"
#include "models/onnx/node_reader.hpp"
#include "models/onnx/node_writer.hpp"
#include "models/onnx/onnx.hpp"
#include "models/onnx/operators.hpp"
#include "tests/models/onnx/model_builder.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

class Swish final : public graph::OperatorOf<Swish> {
 public:
  graph::Tensor slope;
  float offset = 0;

  std::string name() const override { return "org.example::Swish"; }
  void check(graph::Findings& findings) const override {
    graph::check_tensor("slopes", slope, {static_cast<int>(slope.values.size())}, findings);
  }
  graph::Shape infer_shape(const std::vector<graph::Source>& sources,
                           graph::Findings& findings) const override {
    const graph::Shape& in = *sources[0].shape;
    if (static_cast<int>(slope.values.size()) != in[0])
      findings.add("has " + std::to_string(slope.values.size()) + " slopes, '" + *sources[0].name +
                   "' delivers " + graph::to_string(in));
    return in;
  }
  void run(const std::vector<graph::Sample>& inputs, const graph::Shape& shape, float* out,
           graph::Scratch& /*scratch*/) const override {
    const long long per_channel = graph::volume(shape) / shape[0];
    for (long long i = 0; i < graph::volume(shape); ++i) {
      const float x = inputs[0].values[i];
      out[i] = x / (1 + std::exp(-slope.values[i / per_channel] * x)) + offset;
    }
  }

 private:
  std::vector<graph::NamedTensor<graph::Tensor>> own_tensors() override {
    return {{"slope", &slope, graph::Start::Ones, true}};
  }
};

void read(onnx::NodeReader& reader) {
  reader.expect_inputs(2, 2);
  const int input = reader.activation(0);
  Swish swish;
  swish.slope = reader.floats(1, "slopes");
  swish.offset = reader.attributes().real("offset", 0);
  reader.emit(std::move(swish), {input});
}

void write(const Swish& swish, onnx::NodeWriter& writer) {
  writer.input(".slope", swish.slope);
  writer.real("offset", swish.offset);
}

class OutsideOperator : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    onnx::operators().reads("org.example::Swish", read);
    onnx::operators().writes<Swish>(write);
  }
};

/// Gemm, Swish, Gemm.
test::ModelBuilder model(const std::vector<float>& slopes) {
  test::ModelBuilder m;
  auto* domain = m.model().add_opset_import();
  domain->set_domain("org.example");
  domain->set_version(1);
  m.input("x", {1, 2}).weights("w", {2, 3}, {1, 0, 2, 0, 1, -1});
  m.weights("slopes", {static_cast<long long>(slopes.size())}, slopes).weights("v", {3, 1}, {1, 10, 100});
  m.node("Gemm", "first", {"x", "w"}, {"a"});
  m.node("Swish", "swish", {"a", "slopes"}, {"b"}).set("offset", 0.5).last_node().set_domain("org.example");
  m.node("Gemm", "last", {"b", "v"}, {"y"}).output("y");
  return m;
}

TEST_F(OutsideOperator, IsReadAndRun) {
  const graph::Network n = onnx::parse(model({1, 2, 0}).bytes(), "swish.onnx");
  const auto* swish = n.layers[n.find("swish")].as<Swish>();
  ASSERT_NE(swish, nullptr);
  EXPECT_EQ(swish->slope.values, (std::vector<float>{1, 2, 0}));
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double expected = (2 * sigmoid(2) + 0.5) + 10 * (3 * sigmoid(6) + 0.5) + 100 * (1 * 0.5 + 0.5);
  EXPECT_NEAR(graph::infer(n, {1, {2}, {2, 3}})[0].values[0], expected, 1e-4);
  EXPECT_EQ(graph::parameters(n), 6 + 3 + 3);
}

TEST_F(OutsideOperator, IsWrittenAndReadBackWithoutAByteOfDifference) {
  const graph::Network n = onnx::parse(model({1, 2, 0}).bytes(), "swish.onnx");
  const std::string bytes = onnx::serialize(n);
  EXPECT_EQ(onnx::serialize(onnx::parse(bytes, "written.onnx")), bytes);
  ::onnx::ModelProto written;
  ASSERT_TRUE(written.ParseFromString(bytes));
  EXPECT_NO_THROW(::onnx::checker::check_model(written));
  ASSERT_EQ(written.opset_import_size(), 2);
  EXPECT_EQ(written.opset_import(1).domain(), "org.example");
  EXPECT_EQ(written.graph().node(1).op_type(), "Swish");
  EXPECT_EQ(written.graph().node(1).domain(), "org.example");
}

TEST_F(OutsideOperator, IsCheckedLikeAnyOther) {
  test::expect_input_error(
      [] {
        onnx::parse(model({1, 2}).bytes(), "swish.onnx");
      },
      "swish.onnx: error: node 'swish' (org.example::Swish): has 2 slopes, 'first' delivers 3");
}

TEST_F(OutsideOperator, StartsAsItsTensorsSay) {
  const graph::Network n = graph::with_random_weights(onnx::parse(model({1, 2, 0}).bytes(), "swish.onnx"), 1);
  EXPECT_EQ(n.layers[n.find("swish")].as<Swish>()->slope.values, (std::vector<float>{1, 1, 1}));
}

TEST_F(OutsideOperator, CopiesOfANetworkKeepTheirOwn) {
  const graph::Network n = onnx::parse(model({1, 2, 0}).bytes(), "swish.onnx");
  graph::Network changed = n;
  const int at = n.find("swish");
  EXPECT_EQ(&changed.layers[at].op(), &n.layers[at].op()) << "shared until one is changed";
  changed.layers[at].edit<Swish>()->slope.values[0] = 7;
  EXPECT_EQ(changed.layers[at].as<Swish>()->slope.values[0], 7);
  EXPECT_EQ(n.layers[at].as<Swish>()->slope.values[0], 1);
}

TEST_F(OutsideOperator, OneThatNobodyWritesIsNamed) {
  class Silent final : public graph::OperatorOf<Silent> {
   public:
    std::string name() const override { return "org.example::Silent"; }
    graph::Shape infer_shape(const std::vector<graph::Source>& sources,
                             graph::Findings& /*findings*/) const override {
      return *sources[0].shape;
    }
    void run(const std::vector<graph::Sample>& inputs, const graph::Shape& shape, float* out,
             graph::Scratch& /*scratch*/) const override {
      std::copy_n(inputs[0].values, graph::volume(shape), out);
    }
  };
  graph::Network n = onnx::parse(model({1, 2, 0}).bytes(), "swish.onnx");
  n.layers[n.find("swish")].set(Silent());
  test::expect_input_error(
      [&] { onnx::serialize(n); },
      "error: node 'swish' (org.example::Silent): this operator cannot be written to ONNX");
}

}  // namespace
}  // namespace phasecore
