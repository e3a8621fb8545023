// The files of tests/data/onnx: what they hold and what is said about them.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "models/graph/infer.hpp"
#include "models/onnx/onnx.hpp"
#include "tests/models/onnx/bad_models.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

std::string path_of(const std::string& name) {
  return test::source_path("tests/data/onnx/" + name);
}

/// read() refuses the file with this message; the path before it is left out here.
void expect_refusal(const std::string& name, const std::string& message) {
  test::expect_input_error([&] { onnx::read(path_of(name)); }, path_of(name) + ": error: " + message);
}

TEST(SmallModels, FilesHoldWhatTheGeneratorMakes) {
  const auto models = test::small_models();
  std::set<std::string> on_disk;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("tests/data/onnx")))
    if (entry.path().extension() == ".onnx") on_disk.insert(entry.path().filename());
  EXPECT_EQ(on_disk.size(), models.size());
  EXPECT_EQ(models.size(), 11u);
  // Protobuf's encoding of one message is the same from build to build; a difference means a stale file.
  for (const auto& [name, bytes] : models) EXPECT_TRUE(test::read_text(path_of(name)) == bytes) << name;
}

TEST(SmallModels, TheGoodOneIsRead) {
  const graph::Network n = onnx::read(path_of("good.onnx"));
  ASSERT_EQ(n.layers.size(), 6u);
  EXPECT_EQ(n.layers[1].name, "conv");
  EXPECT_EQ(n.layers[1].shape, (graph::Shape{2, 6, 6}));
  EXPECT_EQ(n.layers[n.outputs[0]].shape, (graph::Shape{3}));
  // Nine ones times 0.5 are 4.5 in both channels; 0.5 * 4.5 * 2 + 0.5.
  EXPECT_EQ(graph::infer(n, {1, {1, 8, 8}, std::vector<float>(64, 1)})[0].values,
            (std::vector<float>{5, 5, 5}));
}

TEST(SmallModels, ADynamicBatchIsTakenAsOne) {
  const graph::Network n = onnx::read(path_of("dynamic-batch.onnx"));
  EXPECT_EQ(n.input().shape, (graph::Shape{1, 8, 8}));
  EXPECT_EQ(onnx::serialize(n), onnx::serialize(onnx::read(path_of("good.onnx"))));
}

TEST(SmallModels, AMissingFileIsRefused) {
  test::expect_input_error([] { onnx::read("no-such.onnx"); }, "error: no such file: 'no-such.onnx'");
}

TEST(SmallModels, AnEmptyFileIsRefused) {
  expect_refusal("empty.onnx", "the file is empty");
}

TEST(SmallModels, ATruncatedFileIsRefused) {
  expect_refusal("truncated.onnx", "the file is truncated: it ends in the middle of an ONNX model");
}

TEST(SmallModels, AFileThatIsNoModelIsRefused) {
  expect_refusal("not-onnx.onnx", "not an ONNX model");
}

TEST(SmallModels, AnUnsupportedOperatorIsRefused) {
  const std::string message = test::input_error([] { onnx::read(path_of("unsupported.onnx")); });
  const std::string start =
      path_of("unsupported.onnx") +
      ": error: operator Einsum is not supported (node 'act'); supported are Abs, Add, ";
  EXPECT_EQ(message.substr(0, start.size()), start);
}

TEST(SmallModels, WeightsThatAreNoNumbersAreRefused) {
  expect_refusal("nan-weights.onnx", "node 'conv' (Conv): weights hold nan at index 4");
}

TEST(SmallModels, ALayerOfZeroSizeIsRefused) {
  expect_refusal("zero-size.onnx",
                 "node 'conv' (Conv): the output holds no values: a 9x9 kernel does not fit its 1x8x8 input");
}

TEST(SmallModels, AStrideOfZeroIsRefused) {
  expect_refusal("stride-0.onnx", "node 'conv' (Conv): stride 0x0 must be at least 1x1");
}

TEST(SmallModels, ShapesThatDoNotFitAreRefused) {
  expect_refusal("shape-mismatch.onnx",
                 "node 'fc' (Gemm): weights take a vector of 5 values, 'flatten' delivers 2");
}

TEST(SmallModels, AnOpsetTooNewIsRefused) {
  expect_refusal("opset-25.onnx",
                 "opset 25 is too new; supported are 7 to 24; export with opset_version=17, or use "
                 "onnx.version_converter.convert_version(model, 17)");
}

}  // namespace
}  // namespace phasecore
