// ONNX's own models (Debian package libonnx-testdata): every one is either computed as its stored outputs
// say, or refused with an InputError. What is computed is counted, so that nothing drops out unnoticed.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <onnx/version_converter/convert.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "models/graph/infer.hpp"
#include "models/graph/strides.hpp"
#include "models/onnx/input_axes.hpp"
#include "models/onnx/onnx.hpp"
#include "models/onnx/operators.hpp"
#include "models/onnx/tensors.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

namespace fs = std::filesystem;

const char kSuite[] = "/usr/share/libonnx-testdata/data";

/// ONNX later changed what it expects of this one; ONNX Runtime 1.30 computes what we do (runtime_test.cpp).
const char kChangedSince[] = "test_resize_downsample_scales_linear_align_corners";

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

/// A model of the suite with its stored inputs, some of which become constants of the model.
struct Case {
  ::onnx::ModelProto model;
  std::vector<::onnx::TensorProto> inputs;  ///< in the order of the model's
};

/// `live`: which of the inputs stay inputs; the suite passes weights as inputs.
Case read_case(const fs::path& folder, const std::function<bool(int)>& live) {
  Case c;
  EXPECT_TRUE(c.model.ParseFromString(test::read_text(folder / "model.onnx"))) << folder;
  auto* graph = c.model.mutable_graph();
  std::set<std::string> initialized;
  for (const auto& tensor : graph->initializer()) initialized.insert(tensor.name());
  int data_input = 0;
  for (int i = 0; i < graph->input_size(); ++i) {
    const std::string& name = graph->input(i).name();
    if (initialized.count(name) != 0) continue;
    const int number = data_input++;
    const fs::path file = folder / "test_data_set_0" / ("input_" + std::to_string(number) + ".pb");
    if (!fs::exists(file)) continue;
    ::onnx::TensorProto tensor = read_tensor(file);
    tensor.set_name(name);
    if (live(number))
      c.inputs.push_back(std::move(tensor));
    else
      *graph->add_initializer() = std::move(tensor);
  }
  if (c.model.opset_import_size() == 1 && c.model.opset_import(0).version() < 7) c.model = upgraded(c.model);
  return c;
}

enum class Outcome { Equal, Different, Refused };

/// Networks are computed in float; the suite rounds to the output's type.
float tolerance_of(const ::onnx::TensorProto& output) {
  if (output.data_type() == ::onnx::TensorProto::BFLOAT16) return 1.0f / 128;
  return output.data_type() == ::onnx::TensorProto::FLOAT16 ? 1.0f / 1024 : 1e-4f;
}

bool is_close(float y, float expected, float tolerance) {
  if (y == expected || (std::isnan(y) && std::isnan(expected))) return true;
  return std::fabs(y - expected) <= 1e-5f + tolerance * std::fabs(expected);
}

/// Values with dimension `place` moved to the front.
std::vector<float> moved_to_front(const std::vector<float>& values, const graph::Shape& shape, int place) {
  const graph::AxisView view = graph::view_along(shape, place);
  std::vector<float> moved;
  moved.reserve(values.size());
  for (long long k = 0; k < view.extent; ++k)
    for (long long o = 0; o < view.outer; ++o)
      for (long long i = 0; i < view.inner; ++i)
        moved.push_back(values[static_cast<std::size_t>((o * view.extent + k) * view.inner + i)]);
  return moved;
}

/// The ways to see a stored tensor as a batch of samples of a shape: the batch first, or another dimension.
std::vector<std::vector<float>> as_batches(const onnx::Decoded<float>& tensor, const graph::Shape& sample) {
  std::vector<std::vector<float>> ways;
  for (int place = 0; place < static_cast<int>(tensor.shape.size()); ++place) {
    graph::Shape rest = tensor.shape;
    rest.erase(rest.begin() + place);
    if (rest == sample) ways.push_back(moved_to_front(tensor.values, tensor.shape, place));
  }
  if (ways.empty()) ways.push_back(tensor.values);
  return ways;
}

/// "" or what is different.
std::string difference(const std::vector<float>& values, const std::vector<float>& expected,
                       float tolerance) {
  if (values.size() != expected.size())
    return std::to_string(values.size()) + " values instead of " + std::to_string(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!is_close(values[i], expected[i], tolerance))
      return "value " + std::to_string(i) + ": " + std::to_string(values[i]) + " instead of " +
             std::to_string(expected[i]);
  return "";
}

Outcome compare(const fs::path& folder, const graph::Network& network, const Case& c) {
  std::vector<graph::Batch> inputs;
  for (int i = 0; i < network.inputs(); ++i) {
    const std::string& name = network.layers[i].name;
    const auto tensor =
        std::find_if(c.inputs.begin(), c.inputs.end(), [&](const auto& t) { return t.name() == name; });
    if (tensor == c.inputs.end()) return Outcome::Refused;
    const auto x = onnx::decode_numbers(*tensor);
    if (!x.error.empty()) return Outcome::Refused;
    const graph::Shape shape = i == 0 ? onnx::exported_input_shape(network) : network.layers[i].shape;
    const auto samples = static_cast<int>(x.values.size() / graph::volume(shape));
    graph::Batch batch{samples, shape, as_batches(x, shape)[0]};
    inputs.push_back(i == 0 ? onnx::in_network_axes(network, std::move(batch)) : batch);
  }
  const auto outputs = graph::infer(network, inputs);
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const fs::path file = folder / "test_data_set_0" / ("output_" + std::to_string(o) + ".pb");
    const ::onnx::TensorProto stored = read_tensor(file);
    const auto expected = onnx::decode_numbers(stored);
    EXPECT_EQ(expected.error, "") << folder;
    std::string different;
    for (const auto& way : as_batches(expected, outputs[o].shape)) {
      different = difference(outputs[o].values, way, tolerance_of(stored));
      if (different.empty()) break;
    }
    if (different.empty()) continue;
    ADD_FAILURE() << folder << " output " << o << " " << different;
    return Outcome::Different;
  }
  return Outcome::Equal;
}

Outcome run(const fs::path& folder, const std::function<bool(int)>& live, bool first_output,
            std::string& why) {
  Case c = read_case(folder, live);
  if (first_output && c.model.graph().output_size() > 1)
    c.model.mutable_graph()->mutable_output()->DeleteSubrange(1, c.model.graph().output_size() - 1);
  graph::Network network;
  try {
    network = onnx::parse(c.model.SerializeAsString(), folder.filename());
  } catch (const common::InputError& error) {
    why = error.what();
    return Outcome::Refused;
  }
  return compare(folder, network, c);
}

/// In one of three ways: with its first input alone, with all of them, and of several outputs only the first.
Outcome run(const fs::path& folder, std::string& why) {
  std::string ignored;
  const auto first_input = [](int i) { return i == 0; };
  const auto all_inputs = [](int) { return true; };
  const Outcome outcomes[] = {run(folder, first_input, false, why), run(folder, all_inputs, false, ignored),
                              run(folder, first_input, true, ignored),
                              run(folder, all_inputs, true, ignored)};
  for (const Outcome wanted : {Outcome::Different, Outcome::Equal})
    for (const Outcome outcome : outcomes)
      if (outcome == wanted) return wanted;
  return Outcome::Refused;
}

/// Are all operators of the model among those that are read?
bool uses_supported_operators(const fs::path& folder) {
  ::onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(test::read_text(folder / "model.onnx"))) << folder;
  const auto& nodes = model.graph().node();
  return std::all_of(nodes.begin(), nodes.end(), [](const auto& node) {
    return onnx::operators().reader(onnx::operator_name(node)) != nullptr;
  });
}

/// The models of conformance_exceptions.txt ("NAME: why") whose operators are supported, but not in this
/// form.
std::map<std::string, std::string> exceptions() {
  std::map<std::string, std::string> all;
  std::istringstream lines(
      test::read_text(test::source_path("tests/models/onnx/conformance_exceptions.txt")));
  for (std::string line; std::getline(lines, line);)
    if (const auto colon = line.find(": "); colon != std::string::npos)
      all[line.substr(0, colon)] = line.substr(colon + 2);
  return all;
}

TEST(Conformance, EveryModelOfSupportedOperatorsIsComputedRightOrIsAKnownException) {
  ASSERT_TRUE(fs::exists(kSuite)) << "install the Debian package libonnx-testdata";
  std::vector<fs::path> folders;
  for (const auto& entry : fs::recursive_directory_iterator(kSuite))
    if (entry.path().filename() == "model.onnx" && entry.path().parent_path().filename() != kChangedSince)
      folders.push_back(entry.path().parent_path());
  std::sort(folders.begin(), folders.end());
  auto expected = exceptions();
  int supported = 0, computed = 0;
  for (const fs::path& folder : folders) {
    std::string why;
    const std::string name = folder.filename();
    const Outcome outcome = run(folder, why);
    EXPECT_TRUE(outcome != Outcome::Different) << name;
    if (!uses_supported_operators(folder)) continue;
    ++supported;
    computed += outcome == Outcome::Equal;
    const bool is_exception = expected.erase(name) > 0;
    EXPECT_EQ(outcome == Outcome::Refused, is_exception) << name << ": " << why;
  }
  for (const auto& [name, why] : expected) ADD_FAILURE() << name << " is no exception: " << why;
  // As the README says.
  EXPECT_EQ(folders.size(), 1071u);
  EXPECT_EQ(supported, 589);
  EXPECT_EQ(computed, 511);
}

}  // namespace
}  // namespace phasecore
