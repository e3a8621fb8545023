// ONNX's own models (Debian package libonnx-testdata): every one is either computed as its stored output
// says, or refused with an InputError. What is computed is counted, so that nothing drops out unnoticed.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <onnx/version_converter/convert.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "models/graph/infer.hpp"
#include "models/onnx/input_axes.hpp"
#include "models/onnx/onnx.hpp"
#include "models/onnx/tensors.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

namespace fs = std::filesystem;

const char kSuite[] = "/usr/share/libonnx-testdata/data";

::onnx::TensorProto read_tensor(const fs::path& path) {
  ::onnx::TensorProto tensor;
  EXPECT_TRUE(tensor.ParseFromString(test::read_text(path))) << path;
  // The suite has no name for these 16 bits.
  if (tensor.data_type() == ::onnx::TensorProto::UINT16 &&
      path.string().find("BFLOAT16") != std::string::npos)
    tensor.set_data_type(::onnx::TensorProto::BFLOAT16);
  return tensor;
}

/// Models of 2017 use opset 6; ONNX itself rewrites them.
::onnx::ModelProto upgraded(const ::onnx::ModelProto& model) {
  try {
    return ::onnx::version_conversion::ConvertVersion(model, 13);
  } catch (const std::exception&) {
    return model;  // nothing the converter knows; it will be refused for its opset
  }
}

/// The model, with all inputs but the first made constants: the suite passes weights as inputs.
::onnx::ModelProto with_constant_weights(const fs::path& folder) {
  ::onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(test::read_text(folder / "model.onnx"))) << folder;
  auto* graph = model.mutable_graph();
  std::set<std::string> initialized;
  for (const auto& tensor : graph->initializer()) initialized.insert(tensor.name());
  if (model.opset_import_size() == 1 && model.opset_import(0).version() < 7) return upgraded(model);
  int data_input = 0;
  for (int i = 0; i < graph->input_size(); ++i) {
    const std::string& name = graph->input(i).name();
    if (initialized.count(name) != 0) continue;
    const fs::path file = folder / "test_data_set_0" / ("input_" + std::to_string(data_input) + ".pb");
    if (data_input++ == 0 || !fs::exists(file)) continue;
    *graph->add_initializer() = read_tensor(file);
    graph->mutable_initializer(graph->initializer_size() - 1)->set_name(name);
  }
  return model;
}

/// Networks are computed in float; the suite rounds to the output's type.
float tolerance_of(const ::onnx::TensorProto& output) {
  if (output.data_type() == ::onnx::TensorProto::BFLOAT16) return 1.0f / 128;
  return output.data_type() == ::onnx::TensorProto::FLOAT16 ? 1.0f / 1024 : 1e-4f;
}

enum class Outcome { Equal, Different, Refused };

Outcome run(const fs::path& folder) {
  graph::Network network;
  try {
    network = onnx::parse(with_constant_weights(folder).SerializeAsString(), folder.filename());
  } catch (const common::InputError&) {
    return Outcome::Refused;
  }
  const auto x = onnx::decode_floats(read_tensor(folder / "test_data_set_0" / "input_0.pb"));
  const auto output = read_tensor(folder / "test_data_set_0" / "output_0.pb");
  const auto expected = onnx::decode_floats(output);
  const float tolerance = tolerance_of(output);
  EXPECT_EQ(x.error + expected.error, "") << folder;
  const graph::Batch images{x.shape[0], {x.shape.begin() + 1, x.shape.end()}, x.values};
  const auto y = graph::infer(network, onnx::in_network_axes(network, images)).at(0);
  if (y.values.size() != expected.values.size()) return Outcome::Different;
  for (std::size_t i = 0; i < y.values.size(); ++i)
    if (y.values[i] != expected.values[i] && !(std::isnan(y.values[i]) && std::isnan(expected.values[i])) &&
        !(std::fabs(y.values[i] - expected.values[i]) <= 1e-5f + tolerance * std::fabs(expected.values[i]))) {
      ADD_FAILURE() << folder << " value " << i << ": " << y.values[i] << " instead of "
                    << expected.values[i];
      return Outcome::Different;
    }
  return Outcome::Equal;
}

TEST(Conformance, EveryModelIsComputedRightOrRefused) {
  ASSERT_TRUE(fs::exists(kSuite)) << "install the Debian package libonnx-testdata";
  std::vector<fs::path> folders;
  for (const auto& entry : fs::recursive_directory_iterator(kSuite))
    if (entry.path().filename() == "model.onnx") folders.push_back(entry.path().parent_path());
  std::sort(folders.begin(), folders.end());
  std::map<Outcome, std::vector<std::string>> outcomes;
  for (const fs::path& folder : folders) outcomes[run(folder)].push_back(folder.filename());
  for (const std::string& name : outcomes[Outcome::Different]) ADD_FAILURE() << "different: " << name;
  EXPECT_EQ(folders.size(), 1072u);
  EXPECT_EQ(outcomes[Outcome::Equal].size(), 113u);
  EXPECT_EQ(outcomes[Outcome::Refused].size(), 959u);
}

}  // namespace
}  // namespace phasecore
