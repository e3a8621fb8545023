// ONNX's own models of one node (Debian package libonnx-testdata) with all inputs made constants: what is
// computed while reading is as their stored outputs say. The network adds the constant to an input of zeros.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "models/graph/infer.hpp"
#include "models/onnx/array.hpp"
#include "models/onnx/onnx.hpp"
#include "models/onnx/simplification.hpp"
#include "models/onnx/tensors.hpp"
#include "tests/models/onnx/model_builder.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

namespace fs = std::filesystem;
using ::onnx::TensorProto;

const char kSuite[] = "/usr/share/libonnx-testdata/data/node";
/// What it stores was corrected in later versions of ONNX.
const char kChangedSince[] = "test_resize_downsample_scales_linear_align_corners";

/// The type stands in the model: the suite stores BFLOAT16 as UINT16.
TensorProto read_tensor(const fs::path& path, const ::onnx::ValueInfoProto& info) {
  TensorProto tensor;
  EXPECT_TRUE(tensor.ParseFromString(test::read_text(path))) << path;
  if (info.type().has_tensor_type()) tensor.set_data_type(info.type().tensor_type().elem_type());
  return tensor;
}

::onnx::ModelProto read_model(const fs::path& folder) {
  ::onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(test::read_text(folder / "model.onnx"))) << folder;
  return model;
}

/// Values of any type as numbers; nullopt for types that are not read.
std::optional<std::vector<float>> numbers_of(const TensorProto& tensor) {
  if (onnx::holds_floats(tensor)) return onnx::decode_floats(tensor).values;
  const auto ints = onnx::decode_ints(tensor);
  if (!ints.error.empty()) return std::nullopt;
  return std::vector<float>(ints.values.begin(), ints.values.end());
}

/// The nodes of the folder's model, with its inputs as constants, and behind them the sum of `count` zeros
/// and output number `output`.
test::ModelBuilder probe(const fs::path& folder, const ::onnx::ModelProto& model, int output, int count) {
  int opset = 0;
  for (const auto& import : model.opset_import())
    if (import.domain().empty()) opset = static_cast<int>(import.version());
  test::ModelBuilder m(opset);
  m.input("probe", {1, count});
  *m.graph().mutable_node() = model.graph().node();
  *m.graph().mutable_initializer() = model.graph().initializer();
  for (int i = 0; i < model.graph().input_size(); ++i) {
    const fs::path file = folder / "test_data_set_0" / ("input_" + std::to_string(i) + ".pb");
    if (!fs::exists(file)) continue;
    TensorProto& tensor = *m.graph().add_initializer();
    tensor = read_tensor(file, model.graph().input(i));
    tensor.set_name(model.graph().input(i).name());
  }
  m.ints("as a row", {1, -1});
  m.node("Reshape", "", {model.graph().output(output).name(), "as a row"}, {"row"});
  m.node("Cast", "", {"row"}, {"numbers"}).set("to", 1);
  m.node("Add", "", {"probe", "numbers"}, {"sum"}).output("sum");
  return m;
}

/// Everything is computed in float; the suite rounds to the output's type, and has windows that were computed
/// with another pi.
float tolerance_of(const fs::path& folder, int type) {
  if (folder.filename().string().find("window") != std::string::npos) return 1e-3f;
  return type == TensorProto::FLOAT16 ? 1.0f / 1024 : type == TensorProto::BFLOAT16 ? 1.0f / 128 : 1e-5f;
}

/// The number of outputs that are computed; -1 if the model is refused, or not computed while it is read.
int computed_outputs(const fs::path& folder) {
  const ::onnx::ModelProto model = read_model(folder);
  for (const auto& node : model.graph().node())
    if (onnx::evaluators().find(node.op_type()) == nullptr && node.op_type() != "Dropout") return -1;
  int computed = 0;
  for (int output = 0;; ++output) {
    const fs::path file = folder / "test_data_set_0" / ("output_" + std::to_string(output) + ".pb");
    if (!fs::exists(file)) return computed;
    const TensorProto stored = read_tensor(file, model.graph().output(output));
    const auto expected = numbers_of(stored);
    if (!expected || expected->empty()) return -1;
    const int count = static_cast<int>(expected->size());
    graph::Network network;
    try {
      network = onnx::parse(probe(folder, model, output, count).bytes(), folder.filename());
    } catch (const common::InputError&) {
      return -1;
    }
    const auto y = graph::infer(network, {1, {count}, std::vector<float>(count, 0.0f)}).at(0).values;
    const float tolerance = tolerance_of(folder, stored.data_type());
    for (int i = 0; i < count; ++i)
      EXPECT_NEAR(y[i], (*expected)[i], 1e-6f + tolerance * std::fabs((*expected)[i]))
          << folder << " output " << output << " value " << i;
    ++computed;
  }
}

TEST(ConstantsConformance, WhatIsComputedWhileReadingIsRight) {
  ASSERT_TRUE(fs::exists(kSuite)) << "install the Debian package libonnx-testdata";
  std::map<std::string, int> models;  // by operator
  int outputs = 0;
  for (const auto& entry : fs::directory_iterator(kSuite)) {
    if (entry.path().filename() == kChangedSince) continue;
    const int computed = computed_outputs(entry.path());
    if (computed < 0) continue;
    const ::onnx::ModelProto model = read_model(entry.path());
    if (model.graph().node_size() == 1) ++models[model.graph().node(0).op_type()];
    outputs += computed;
  }
  const std::map<std::string, int> expected{{"Abs", 1},
                                            {"And", 8},
                                            {"Cast", 12},
                                            {"Ceil", 2},
                                            {"Concat", 12},
                                            {"Constant", 1},
                                            {"Cos", 2},
                                            {"ConstantOfShape", 2},
                                            {"CumSum", 4},
                                            {"DequantizeLinear", 2},
                                            {"Div", 4},
                                            {"Dropout", 5},
                                            {"Equal", 2},
                                            {"Erf", 1},
                                            {"Exp", 2},
                                            {"Expand", 2},
                                            {"Flatten", 9},
                                            {"Floor", 2},
                                            {"Gather", 4},
                                            {"GatherElements", 3},
                                            {"GatherND", 2},
                                            {"Greater", 2},
                                            {"GreaterOrEqual", 2},
                                            {"Identity", 1},
                                            {"Less", 2},
                                            {"Log", 2},
                                            {"LessOrEqual", 2},
                                            {"Max", 14},
                                            {"Min", 14},
                                            {"Mod", 13},
                                            {"Mul", 4},
                                            {"Neg", 2},
                                            {"NonZero", 1},
                                            {"Or", 8},
                                            {"Pow", 14},
                                            {"Range", 2},
                                            {"Reciprocal", 2},
                                            {"ReduceL2", 8},
                                            {"ReduceMax", 8},
                                            {"ReduceMean", 8},
                                            {"ReduceMin", 8},
                                            {"ReduceProd", 8},
                                            {"ReduceSum", 10},
                                            {"Relu", 1},
                                            {"Reshape", 9},
                                            {"Round", 1},
                                            {"ScatterND", 1},
                                            {"ScatterElements", 3},
                                            {"Shape", 10},
                                            {"Sigmoid", 2},
                                            {"Sign", 1},
                                            {"Sin", 2},
                                            {"Size", 2},
                                            {"Slice", 7},
                                            {"Split", 6},
                                            {"Sqrt", 2},
                                            {"Squeeze", 2},
                                            {"Sub", 4},
                                            {"Tanh", 2},
                                            {"Tile", 2},
                                            {"Transpose", 7},
                                            {"Trilu", 16},
                                            {"Unsqueeze", 8},
                                            {"Where", 2},
                                            {"Xor", 8}};
  EXPECT_EQ(models, expected);
  EXPECT_EQ(outputs, 423);
}

}  // namespace
}  // namespace phasecore
