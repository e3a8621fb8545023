#include "tests/models/onnx/bad_models.hpp"

#include <limits>

#include "tests/models/onnx/model_builder.hpp"

namespace phasecore::test {
namespace {

/// conv 3x3 -> relu -> global pool -> flatten -> fc, for 1x8x8 images.
ModelBuilder small_network(int opset = 13, long long batch = 1, std::vector<float> weights = {},
                           long long stride = 1, const std::string& activation = "Relu", long long kernel = 3,
                           long long fc_inputs = 2) {
  ModelBuilder m(opset);
  m.input("image", {batch, 1, 8, 8});
  m.weights("conv.weight", {2, 1, kernel, kernel}, std::move(weights));
  m.weights("fc.weight", {3, fc_inputs}).weights("fc.bias", {3});
  m.node("Conv", "conv", {"image", "conv.weight"}, {"c"}).set_list("strides", {stride, stride});
  m.node(activation, "act", {"c"}, {"a"});
  m.node("GlobalAveragePool", "pool", {"a"}, {"p"}).node("Flatten", "flatten", {"p"}, {"f"});
  m.node("Gemm", "fc", {"f", "fc.weight", "fc.bias"}, {"logits"}).set("transB", 1);
  m.output("logits");
  return m;
}

}  // namespace

std::map<std::string, std::string> small_models() {
  std::vector<float> with_nan(18, 0.25f);
  with_nan[4] = std::numeric_limits<float>::quiet_NaN();
  const std::string good = small_network().bytes();
  return {
      {"good.onnx", good},
      {"dynamic-batch.onnx", small_network(13, -1).bytes()},
      {"empty.onnx", ""},
      {"truncated.onnx", good.substr(0, good.size() / 2)},
      {"not-onnx.onnx", "<html><body>404 Not Found</body></html>\n"},
      {"unsupported.onnx", small_network(13, 1, {}, 1, "Einsum").bytes()},
      {"nan-weights.onnx", small_network(13, 1, with_nan).bytes()},
      {"zero-size.onnx", small_network(13, 1, {}, 1, "Relu", 9).bytes()},
      {"stride-0.onnx", small_network(13, 1, {}, 0).bytes()},
      {"shape-mismatch.onnx", small_network(13, 1, {}, 1, "Relu", 3, 5).bytes()},
      {"opset-25.onnx", small_network(25).bytes()},
  };
}

}  // namespace phasecore::test
