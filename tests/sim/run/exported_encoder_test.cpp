// A vision transformer as exporters write it, from ONNX to the chip.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/onnx/onnx.hpp"
#include "tests/models/onnx/model_builder.hpp"
#include "tests/sim/run/on_chip.hpp"

namespace phasecore {
namespace {

constexpr int kWidth = 8, kTokens = 5, kHeads = 2, kSize = kWidth / kHeads;

/// Small numbers, all different.
std::vector<float> pattern(long long count, int salt) {
  std::vector<float> values;
  for (long long i = 0; i < count; ++i)
    values.push_back(static_cast<float>((i * 37 + salt * 11) % 101 - 50) / 90);
  return values;
}

class Exported {
 public:
  void tensor(const std::string& name, const std::vector<long long>& dims, int salt) {
    long long count = 1;
    for (const long long d : dims) count *= d;
    m_.weights(name, dims, pattern(count, salt));
  }
  std::string linear(const std::string& name, const std::string& from, int in, int out) {
    tensor(name + ".w", {in, out}, in + out);
    tensor(name + ".b", {out}, out);
    m_.node("MatMul", name, {from, name + ".w"}, {name + ".product"});
    m_.node("Add", name + ".add", {name + ".b", name + ".product"}, {name});
    return name;
  }
  std::string norm(const std::string& name, const std::string& from) {
    m_.weights(name + ".scale", {kWidth}, std::vector<float>(kWidth, 1.0f));
    tensor(name + ".offset", {kWidth}, 5);
    m_.node("LayerNormalization", name, {from, name + ".scale", name + ".offset"}, {name}).set("axis", -1);
    return name;
  }
  void attention(const std::string& from) {
    m_.ints("apart", {1, kTokens, 3, kHeads, kSize}).ints("together", {1, kTokens, kWidth});
    m_.weights("root", {}, {0.5f});
    m_.node("Reshape", "r", {linear("qkv", from, kWidth, 3 * kWidth), "apart"}, {"r"});
    m_.node("Transpose", "t", {"r"}, {"t"}).set_list("perm", {2, 0, 3, 1, 4});
    for (int i = 0; i < 3; ++i) {
      const std::string name = std::string(1, "qkv"[i]), index = name + ".index";
      m_.add_initializer(index, {}, ::onnx::TensorProto::INT64).add_int64_data(i);
      m_.node("Gather", name + ".part", {"t", index}, {name}).set("axis", 0);
    }
    m_.node("Mul", "scaled", {"q", "root"}, {"scaled"});
    m_.node("Transpose", "kt", {"k"}, {"kt"}).set_list("perm", {0, 1, 3, 2});
    m_.node("MatMul", "scores", {"scaled", "kt"}, {"scores"});
    m_.node("Softmax", "shares", {"scores"}, {"shares"}).set("axis", -1);
    m_.node("MatMul", "weighed", {"shares", "v"}, {"weighed"});
    m_.node("Transpose", "by_token", {"weighed"}, {"by_token"}).set_list("perm", {0, 2, 1, 3});
    m_.node("Reshape", "joined", {"by_token", "together"}, {"joined"});
  }
  graph::Network network() {
    m_.input("image", {1, 3, 4, 4});
    tensor("patches.w", {kWidth, 3, 2, 2}, 1);
    tensor("token", {1, 1, kWidth}, 2);
    tensor("places", {1, kTokens, kWidth}, 3);
    m_.ints("line", {1, kWidth, 4});
    m_.node("Conv", "patches", {"image", "patches.w"}, {"p"}).set_list("strides", {2, 2});
    m_.set_list("kernel_shape", {2, 2});
    m_.node("Reshape", "flat", {"p", "line"}, {"l"}).node("Transpose", "tokens", {"l"}, {"s"});
    m_.set_list("perm", {0, 2, 1}).node("Concat", "with_token", {"token", "s"}, {"c"}).set("axis", 1);
    m_.node("Add", "embed", {"c", "places"}, {"x"});
    attention(norm("norm1", "x"));
    m_.node("Add", "sum1", {linear("projection", "joined", kWidth, kWidth), "x"}, {"y"});
    m_.node("Erf", "f", {linear("hidden", norm("norm2", "y"), kWidth, 16)}, {"f"});
    m_.node("Add", "sum2", {"y", linear("out", "f", 16, kWidth)}, {"z"});
    m_.add_initializer("first", {}, ::onnx::TensorProto::INT64).add_int64_data(0);
    m_.node("Gather", "class_token", {norm("norm3", "z"), "first"}, {"g"}).set("axis", 1);
    tensor("head.w", {10, kWidth}, 6);
    tensor("head.b", {10}, 7);
    m_.node("Gemm", "head", {"g", "head.w", "head.b"}, {"logits"}).set("transB", 1).output("logits");
    return onnx::parse(m_.bytes(), "vit.onnx");
  }

 private:
  test::ModelBuilder m_{17};
};

TEST(ExportedEncoder, IsReadAsLayersThatTheChipHas) {
  const graph::Network network = Exported().network();
  const auto count = [&](const std::string& op) {
    return std::count_if(network.layers.begin(), network.layers.end(),
                         [&](const graph::Layer& layer) { return layer.op().name() == op; });
  };
  EXPECT_EQ(count("Attention"), 1);
  EXPECT_EQ(count("Gemm"), 5);
  EXPECT_EQ(count("Constant"), 1);  // the class token and the places
  for (const char* op : {"MatMul", "Softmax", "Concat", "Gather", "Mul"}) EXPECT_EQ(count(op), 0) << op;
}

TEST(ExportedEncoder, RunsOnTheChip) {
  const test::OnChip on(Exported().network(), config::load_chip("hermes-mesh"));
  std::vector<std::string> ops;
  for (const mapping::Stage& stage : on.map.stages) ops.push_back(stage.op);
  EXPECT_EQ(ops, (std::vector<std::string>{"Conv", "Add", "LayerNormalization", "Gemm", "Attention", "Gemm",
                                           "LayerNormalization", "Gemm", "Gemm", "LayerNormalization",
                                           "Reshape", "Gemm"}));
  on.expect_equal_values();
  on.expect_equal_books();
  EXPECT_LT(on.error(), 0.05);
}

}  // namespace
}  // namespace phasecore
