// Tensors in files beside the model.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <functional>

#include "common/files.hpp"
#include "models/onnx/payload.hpp"
#include "tests/models/onnx/run_model.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

namespace fs = std::filesystem;
using test::ModelBuilder;

/// x (two values) times "w", which lies where the entries say; 24 bytes for its three pairs of numbers.
ModelBuilder model(const std::vector<std::pair<std::string, std::string>>& entries) {
  ModelBuilder m;
  m.input("x", {1, 2}).node("Gemm", "fc", {"x", "w"}, {"y"}).output("y");
  auto& w = m.add_initializer("w", {2, 3}, ::onnx::TensorProto::FLOAT);
  w.set_data_location(::onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : entries) {
    auto* entry = w.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  return m;
}

std::string bytes_of(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class External : public testing::Test {
 protected:
  std::string write(const ModelBuilder& m) {
    const std::string path = directory_ / "m.onnx";
    test::write_text(path, m.bytes());
    return path;
  }
  void expect_refusal(const std::vector<std::pair<std::string, std::string>>& entries,
                      const std::string& what) {
    const std::string path = write(model(entries));
    test::expect_input_error([&] { onnx::read(path); }, path + ": error: tensor 'w': external file " + what);
  }

  test::TempDirectory directory_;
};

TEST_F(External, WeightsAreReadFromTheirPlaceInTheFile) {
  test::write_text(directory_ / "w.bin", "head" + bytes_of({1, 2, 3, 4, 5, 6}) + "tail");
  const auto path = write(model({{"location", "w.bin"}, {"offset", "4"}, {"length", "24"}}));
  EXPECT_EQ(test::run(onnx::read(path), {1, 10}), (std::vector<float>{41, 52, 63}));
  const auto open = write(model({{"location", "w.bin"}, {"offset", "4"}}));
  EXPECT_EQ(test::run(onnx::read(open), {1, 10}), (std::vector<float>{41, 52, 63}));
}

TEST_F(External, FilesInFoldersBelowAndConstantsOfNodesAreRead) {
  fs::create_directory(directory_ / "data");
  test::write_text(directory_ / "data/w.bin", bytes_of({1, 2, 3, 4, 5, 6}));
  ModelBuilder m;
  m.input("x", {1, 2}).node("Constant", "", {}, {"w"});
  auto* value = m.last_node().add_attribute();
  value->set_name("value");
  value->set_type(::onnx::AttributeProto::TENSOR);
  *value->mutable_t() = model({{"location", "data/w.bin"}}).graph().initializer(0);
  m.node("Gemm", "fc", {"x", "w"}, {"y"}).output("y");
  EXPECT_EQ(test::run(onnx::read(write(m)), {1, 10}), (std::vector<float>{41, 52, 63}));
}

TEST_F(External, TheirContentCountsInTheModelsHash) {
  test::write_text(directory_ / "w.bin", bytes_of({1, 2, 3, 4, 5, 6}));
  const ModelBuilder m = model({{"location", "w.bin"}});
  const std::string path = write(m);
  EXPECT_EQ(onnx::read_file(path).sha256, common::sha256(m.bytes() + bytes_of({1, 2, 3, 4, 5, 6})));
  test::write_text(directory_ / "w.bin", bytes_of({1, 2, 3, 4, 5, 7}));
  EXPECT_EQ(onnx::read_file(path).sha256, common::sha256(m.bytes() + bytes_of({1, 2, 3, 4, 5, 7})));
}

TEST_F(External, PlacesOutsideOfTheModelsFolderAreRefused) {
  test::write_text(directory_ / "w.bin", bytes_of({1, 2, 3, 4, 5, 6}));
  fs::create_symlink("w.bin", directory_ / "link.bin");
  fs::create_directory(directory_ / "data");
  fs::create_directory_symlink(".", directory_ / "here");
  expect_refusal({{"location", "../w.bin"}}, "'../w.bin' must lie in the model's folder: its path has '..'");
  expect_refusal({{"location", "data/../w.bin"}},
                 "'data/../w.bin' must lie in the model's folder: its path has '..'");
  expect_refusal({{"location", "/etc/hostname"}},
                 "'/etc/hostname' must lie in the model's folder: its path is absolute");
  expect_refusal({{"location", "link.bin"}},
                 "'link.bin' is reached through a symbolic link, which is not followed");
  expect_refusal({{"location", "here/w.bin"}},
                 "'here/w.bin' is reached through a symbolic link, which is not followed");
  expect_refusal({{"location", "data"}}, "'data' is no regular file");
  expect_refusal({{"location", "gone.bin"}}, "'gone.bin' is not there");
  expect_refusal({}, "'' names no file");
}

TEST_F(External, OffsetsAndLengthsAreChecked) {
  test::write_text(directory_ / "w.bin", bytes_of({1, 2, 3, 4, 5, 6, 7}));
  expect_refusal({{"location", "w.bin"}, {"offset", "29"}}, "'w.bin' ends before offset 29: it has 28 bytes");
  expect_refusal({{"location", "w.bin"}, {"offset", "8"}, {"length", "24"}},
                 "'w.bin' ends before offset 8 + length 24: it has 28 bytes");
  expect_refusal({{"location", "w.bin"}, {"offset", "8"}, {"length", "18446744073709551608"}},
                 "'w.bin' ends before offset 8 + length 18446744073709551608: it has 28 bytes");
  expect_refusal({{"location", "w.bin"}, {"offset", "-4"}}, "'w.bin' offset '-4' is no number of bytes");
  expect_refusal({{"location", "w.bin"}, {"length", "2x"}}, "'w.bin' length '2x' is no number of bytes");
  expect_refusal({{"location", "w.bin"}, {"length", "20"}},
                 "'w.bin' holds 20 bytes for it; its shape needs 24");
  expect_refusal({{"location", "w.bin"}, {"offset", "8"}},
                 "'w.bin' holds 20 bytes for it; its shape needs 24");
}

TEST_F(External, AFewBytesCannotAskForEndlessMemory) {
  test::write_text(directory_ / "w.bin", bytes_of({1, 2, 3, 4, 5, 6}));
  ModelBuilder m = model({{"location", "w.bin"}});
  for (int i = 0; i < 4; ++i) {
    auto& copy = *m.graph().add_initializer();
    copy = m.graph().initializer(0);
    copy.set_name("w" + std::to_string(i));
  }
  const std::string path = write(m);
  test::expect_input_error(
      [&] { onnx::read(path); },
      path +
          ": error: tensor 'w3': external file 'w.bin' is read again and again: tensors of 120 "
          "bytes");
}

/// Two layers whose weights are too many to be kept in memory twice.
ModelBuilder large(int type) {
  ModelBuilder m;
  m.input("x", {1, 2})
      .node("MatMul", "wide", {"x", "w"}, {"a"})
      .node("MatMul", "fc", {"a", "v"}, {"y"})
      .output("y");
  auto& w = m.add_initializer("w", {2, 40000}, type);
  std::string& raw = *w.mutable_raw_data();
  for (int i = 0; i < 80000; ++i) {
    const float value = static_cast<float>(i % 7) / 4;
    const auto half = static_cast<std::uint16_t>(
        std::vector<int>{0, 0x3400, 0x3800, 0x3a00, 0x3c00, 0x3d00, 0x3e00}[i % 7]);
    if (type == ::onnx::TensorProto::FLOAT)
      raw.append(reinterpret_cast<const char*>(&value), sizeof(value));
    else
      raw.append(reinterpret_cast<const char*>(&half), sizeof(half));
  }
  return m.weights("v", {40000, 1});
}

TEST_F(External, LargeWeightsStayInTheModelsFileUntilTheyAreDecoded) {
  for (const int type : {::onnx::TensorProto::FLOAT, ::onnx::TensorProto::FLOAT16}) {
    const ModelBuilder m = large(type);
    const std::string path = write(m);
    ::onnx::ModelProto without;
    onnx::Payloads payloads;
    ASSERT_TRUE(onnx::read_without_payloads(path, without, payloads));
    EXPECT_EQ(payloads.size(), 1u);  // the other one is no raw data
    EXPECT_LT(without.ByteSizeLong() + 80000 * sizeof(std::uint16_t), m.bytes().size());
    const onnx::File read = onnx::read_file(path);
    EXPECT_EQ(read.sha256, common::sha256(m.bytes()));
    EXPECT_EQ(onnx::serialize(read.network), onnx::serialize(onnx::parse(m.bytes(), path)));
    EXPECT_EQ(test::run(read.network, {1, 2}), test::run(onnx::parse(m.bytes(), path), {1, 2}));
  }
}

TEST_F(External, LargeWeightsOfAnotherFileAreDecodedFromThere) {
  ModelBuilder m = large(::onnx::TensorProto::FLOAT);
  const std::string inside = onnx::serialize(onnx::parse(m.bytes(), "m.onnx"));
  auto& w = *m.graph().mutable_initializer(0);
  test::write_text(directory_ / "w.bin", "head" + w.raw_data());
  w.clear_raw_data();
  w.set_data_location(::onnx::TensorProto::EXTERNAL);
  const std::pair<const char*, const char*> place[] = {{"location", "w.bin"}, {"offset", "4"}};
  for (const auto& [key, value] : place) {
    auto* entry = w.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  const onnx::File read = onnx::read_file(write(m));
  EXPECT_EQ(onnx::serialize(read.network), inside);
  EXPECT_EQ(read.sha256, common::sha256(m.bytes() + test::read_text(directory_ / "w.bin")));
}

TEST_F(External, AFileThatEndsWithinItsWeightsIsRefusedLikeItsBytes) {
  const std::string whole = large(::onnx::TensorProto::FLOAT).bytes(), path = directory_ / "m.onnx";
  const auto message_of = [](const std::function<void()>& reads) -> std::string {
    try {
      reads();
    } catch (const common::InputError& e) {
      return e.what();
    }
    return "read";
  };
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{40}, whole.size() / 2, whole.size() - 1}) {
    const std::string cut = whole.substr(0, bytes);
    test::write_text(path, cut);
    const std::string message = message_of([&] { onnx::parse(cut, path); });
    EXPECT_NE(message, "read") << bytes;
    EXPECT_EQ(message_of([&] { onnx::read(path); }), message) << bytes;
  }
}

}  // namespace
}  // namespace phasecore
