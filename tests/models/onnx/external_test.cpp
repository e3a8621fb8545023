// Tensors in files beside the model.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "common/files.hpp"
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

}  // namespace
}  // namespace phasecore
