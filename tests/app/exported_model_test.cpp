// Models as exporters write them, from the command line.
#include <cstring>

#include "common/npy.hpp"
#include "tests/app/program.hpp"
#include "tests/models/onnx/model_builder.hpp"

namespace phasecore::test {
namespace {

/// A convolution of 3x3 ones over {1, 4, 4, 2 channels}, channels last, as Keras writes it; a classifier
/// behind it.
ModelBuilder channels_last() {
  ModelBuilder m(13);
  m.input("x", {-1, 4, 4, 2}).weights("w", {2, 2, 3, 3}, std::vector<float>(36, 1.0f)).ints("flat", {-1, 8});
  m.node("Transpose", "in", {"x"}, {"a"})
      .set_list("perm", {0, 3, 1, 2})
      .node("Conv", "conv", {"a", "w"}, {"b"});
  m.node("Transpose", "out", {"b"}, {"c"}).set_list("perm", {0, 2, 3, 1});
  m.node("Reshape", "", {"c", "flat"}, {"d"}).weights("v", {8, 3});
  m.node("MatMul", "fc", {"d", "v"}, {"y"}).output("y");
  return m;
}

TEST(ExportedModel, InferTakesArraysAsTheFileSays) {
  const TempDirectory place;
  write_text(place / "keras.onnx", channels_last().bytes());
  std::vector<float> x(2 * 32);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 2);  // channel 1 is white
  const std::string infer =
      "infer " + (place / "keras.onnx") + " --input " + (place / "x.npy") + " --output " + (place / "y.npy");
  write_text(place / "x.npy", common::npy_bytes({{2, 4, 4, 2}, x}));
  const CommandResult run = phasecore(infer);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  // Eight places see nine white pixels each; their halves are summed.
  EXPECT_EQ(common::read_npy(place / "y.npy").values, std::vector<float>(6, 36.0f));
  write_text(place / "x.npy", common::npy_bytes({{2, 2, 4, 4}, x}));
  const CommandResult refused = phasecore(infer);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(refused.err,
            "error: " + (place / "x.npy") +
                " has shape 2x2x4x4; expected Nx4x4x2 or 4x4x2; channels seem to stand first (NCHW), "
                "where the network wants them last: save x.transpose(0, 2, 3, 1)\n");
}

TEST(ExportedModel, WeightsBesideTheModelAreSimulated) {
  const TempDirectory place;
  ModelBuilder m(18);
  m.input("x", {1, 1, 4, 4})
      .node("Conv", "conv", {"x", "w"}, {"a"})
      .node("Flatten", "", {"a"}, {"y"})
      .output("y");
  auto& w = m.add_initializer("w", {2, 1, 3, 3}, ::onnx::TensorProto::FLOAT);
  w.set_data_location(::onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : {std::pair("location", "weights.bin"), std::pair("offset", "8")}) {
    w.add_external_data()->set_key(key);
    w.mutable_external_data(w.external_data_size() - 1)->set_value(value);
  }
  write_text(place / "m.onnx", m.bytes());
  std::string bytes(80, '\0');
  const float quarter = 0.25f;
  for (std::size_t at = 8; at < 80; at += sizeof quarter)
    std::memcpy(bytes.data() + at, &quarter, sizeof quarter);
  write_text(place / "weights.bin", bytes);
  const auto seen = phasecore_json("inspect " + (place / "m.onnx") + " --chip hermes-mesh");
  EXPECT_EQ(seen["model"]["parameters"], 18);
  bytes.back() = '\x3f';
  write_text(place / "weights.bin", bytes);
  const auto changed = phasecore_json("inspect " + (place / "m.onnx") + " --chip hermes-mesh");
  EXPECT_NE(seen["model"]["sha256"], changed["model"]["sha256"]);
}

}  // namespace
}  // namespace phasecore::test
