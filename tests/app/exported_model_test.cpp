// Models as exporters write them, from the command line.
#include <cmath>
#include <cstring>

#include "common/npy.hpp"
#include "tests/app/program.hpp"
#include "tests/models/data/array_writer.hpp"
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

/// Images with one white channel, which is their label; channels last or first.
void write_white_channels(const TempDirectory& place, const std::string& shape, bool last) {
  constexpr int kImages = 20, kPixels = 16;
  std::vector<float> x;
  std::vector<std::int64_t> y;
  for (int i = 0; i < kImages; ++i) {
    for (int v = 0; v < 2 * kPixels; ++v) x.push_back((last ? v % 2 : v / kPixels) == i % 2 ? 1.0f : 0.0f);
    y.push_back(i % 2);
  }
  write_text(place / "test_x.npy", npy_file<float>("<f4", shape, x));
  write_text(place / "test_y.npy", npy_file<std::int64_t>("<i8", "(20,)", y));
}

TEST(ExportedModel, SimulateTakesArraysAsTheFileSaysAndChannelsFirst) {
  const TempDirectory place;
  ModelBuilder m(13);
  // Each channel is summed by a filter of its own, and counts for the class of its number.
  std::vector<float> filters(36, 0.0f), classes(24, 0.0f);
  for (int tap = 0; tap < 9; ++tap) filters[tap] = filters[27 + tap] = 1;
  for (int feature = 0; feature < 8; ++feature) classes[3 * feature + feature % 2] = 1;
  m.input("x", {-1, 4, 4, 2}).weights("w", {2, 2, 3, 3}, filters).ints("flat", {-1, 8});
  m.node("Transpose", "in", {"x"}, {"a"}).set_list("perm", {0, 3, 1, 2});
  m.node("Conv", "conv", {"a", "w"}, {"b"});
  m.node("Transpose", "out", {"b"}, {"c"}).set_list("perm", {0, 2, 3, 1});
  m.node("Reshape", "", {"c", "flat"}, {"d"}).weights("v", {8, 3}, classes);
  m.node("MatMul", "fc", {"d", "v"}, {"y"}).output("y");
  write_text(place / "keras.onnx", m.bytes());
  const std::string simulate = "simulate " + (place / "keras.onnx") + " --data npy:" + place.path() +
                               " --times 1s --instances 1 --layer-samples 0 --engine analytic";
  for (const auto& [shape, last] :
       {std::pair("(20, 4, 4, 2)", true), std::pair("(20, 32)", true), std::pair("(20, 2, 4, 4)", false)}) {
    write_white_channels(place, shape, last);
    const auto report = phasecore_json(simulate);
    EXPECT_EQ(report["accuracy"]["float"], 1.0) << shape;
  }
}

TEST(ExportedModel, ItsFileMayHaveAnyName) {
  const TempDirectory place;
  write_text(place / "m\xff.onnx", channels_last().bytes());
  const CommandResult run = phasecore("inspect \"$(printf '" + (place / "m\\377.onnx") + "')\" --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out)["model"]["name"], "m\uFFFD");
}

TEST(ExportedModel, ValuesBeyondFp16AreSaidWhenTheChipComputes) {
  const TempDirectory place;
  ModelBuilder m(13);
  m.input("x", {-1, 4})
      .weights("w", {4, 2}, std::vector<float>(8, 1e5f))
      .node("MatMul", "fc", {"x", "w"}, {"y"});
  write_text(place / "large.onnx", m.output("y").bytes());
  write_text(place / "x.npy", common::npy_bytes({{3, 4}, std::vector<float>(12, 1.0f)}));
  const CommandResult run = phasecore("infer " + (place / "large.onnx") + " --input " + (place / "x.npy") +
                                      " --output " + (place / "y.npy") + " --chip hermes-mesh");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.err.find("layer 'fc': 6 of 6 values (100 %) lie beyond FP16 (largest 65504)"),
            std::string::npos)
      << run.err;
}

TEST(ExportedModel, CodesThatTheChipHasNotAreNoted) {
  const TempDirectory place;
  ModelBuilder m(13);
  m.input("x", {-1, 2}).weights("scale", {2}, {0.5f, 2}).weights("w", {2, 1}, {1, 1});
  auto& zero = m.add_initializer("zero", {2}, ::onnx::TensorProto::INT8);
  zero.add_int32_data(0);
  zero.add_int32_data(7);
  m.node("QuantizeLinear", "q", {"x", "scale", "zero"}, {"c"});
  m.node("DequantizeLinear", "dq", {"c", "scale", "zero"}, {"v"});
  m.node("MatMul", "fc", {"v", "w"}, {"y"}).output("y");
  write_text(place / "m.onnx", m.bytes());
  write_text(place / "x.npy", common::npy_bytes({{1, 2}, {0.3f, 5}}));
  const CommandResult run = phasecore("infer " + (place / "m.onnx") + " --input " + (place / "x.npy") +
                                      " --output " + (place / "y.npy"));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(common::read_npy(place / "y.npy").values, std::vector<float>{5.3f});
  const std::string of = "note: " + (place / "m.onnx") + ": the quantised activations of q have ";
  EXPECT_EQ(run.err, of + "a zero point; the chip's codes are symmetric and take the larger side as range\n" +
                         of + "several scales; the chip's codes have one, of the largest range\n");
}

// Steps of codes would be no floats any more.
TEST(ExportedModel, RangesAndWeightsMayBeAsSmallAsFloatsGet) {
  const TempDirectory place;
  write_text(place / "x.npy", common::npy_bytes({{3, 4}, std::vector<float>(12, 1.0f)}));
  for (const float weight : {1.0f, 1e-45f}) {
    ModelBuilder m(13);
    m.input("x", {-1, 4}).weights("w", {4, 2}, std::vector<float>(8, weight));
    m.node("MatMul", "fc", {"x", "w"}, {"y"}).output("y");
    if (weight == 1) m.metadata("phasecore.input_range.x", "1e-44");
    write_text(place / "small.onnx", m.bytes());
    const CommandResult run = phasecore("infer " + (place / "small.onnx") + " --input " + (place / "x.npy") +
                                        " --output " + (place / "y.npy") + " --chip hermes-mesh");
    EXPECT_EQ(run.exit_code, 0) << run.err;
    for (const float y : common::read_npy(place / "y.npy").values) EXPECT_TRUE(std::isfinite(y)) << weight;
  }
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
