#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "models/data/dataset.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Part;

constexpr double kMean[] = {0.4914, 0.4822, 0.4465}, kDeviation[] = {0.2470, 0.2435, 0.2616};

/// Record `i` of a file: label i % 10, a grey value of its own in each channel.
std::string records(int first, int count) {
  std::string bytes;
  for (int i = first; i < first + count; ++i) {
    bytes += static_cast<char>(i % 10);
    for (int c = 0; c < 3; ++c) bytes += std::string(1024, static_cast<char>((i + 50 * c) % 256));
    bytes[bytes.size() - 1] = static_cast<char>(i / 256);  // the last blue pixel
  }
  return bytes;
}

/// Five training files of 1,300 images and a test file of 7.
class Files {
 public:
  Files() {
    for (int f = 0; f < 5; ++f)
      write("data_batch_" + std::to_string(f + 1) + ".bin", records(1300 * f, 1300));
    write("test_batch.bin", records(0, 7));
  }
  void write(const std::string& name, const std::string& bytes) {
    test::write_text(directory_ / name, bytes);
  }
  std::string path(const std::string& name) const { return directory_ / name; }
  std::string spec() const { return "cifar10:" + directory_.path(); }

 private:
  test::TempDirectory directory_;
};

TEST(Cifar10, PartsAreConsecutivePiecesOfTheFiveFiles) {
  const Files files;
  const std::vector<std::tuple<Part, int, int>> ranges{{Part::Training, 0, 500},
                                                       {Part::Calibration, 500, 1500},
                                                       {Part::Validation, 1500, 6500},
                                                       {Part::Test, 0, 7}};
  for (const auto& [part, first, last] : ranges) {
    const data::Dataset set = data::load(files.spec(), part);
    ASSERT_EQ(set.size(), last - first) << data::name_of(part);
    EXPECT_EQ(set.shape, (graph::Shape{3, 32, 32}));
    EXPECT_EQ(set.classes, 10);
    EXPECT_FALSE(set.border_repeats);
    for (int i = 0; i < set.size(); ++i) {
      const int image = first + i;
      ASSERT_EQ(set.labels[i], image % 10);
      for (int c = 0; c < 3; ++c)
        ASSERT_FLOAT_EQ(set.images[(i * 3 + c) * 1024],
                        static_cast<float>(((image + 50 * c) % 256 / 255.0 - kMean[c]) / kDeviation[c]));
      ASSERT_FLOAT_EQ(set.images[i * 3072 + 3071],
                      static_cast<float>((image / 256 / 255.0 - kMean[2]) / kDeviation[2]));
    }
  }
}

TEST(Cifar10, LimitKeepsTheFirstImages) {
  const Files files;
  const data::Dataset all = data::load(files.spec(), Part::Calibration);
  const data::Dataset few = data::load(files.spec(), Part::Calibration, 3);
  ASSERT_EQ(few.size(), 3);
  EXPECT_TRUE(std::equal(few.images.begin(), few.images.end(), all.images.begin()));
}

TEST(Cifar10, AllAbsentAndBrokenFilesAreNamedAtOnce) {
  Files files;
  std::filesystem::remove(files.path("data_batch_2.bin"));
  files.write("data_batch_4.bin", "");
  files.write("data_batch_5.bin", std::string(3072, 'x'));
  test::expect_input_error(
      [&] { data::load(files.spec(), Part::Training); },
      files.path("data_batch_2.bin") +
          ": error: no such file; the binary version of CIFAR-10 has data_batch_1.bin to data_batch_5.bin "
          "and test_batch.bin\n" +
          files.path("data_batch_4.bin") +
          ": error: the file has 0 bytes; expected 1 to 1000000 records of 3073\n" +
          files.path("data_batch_5.bin") +
          ": error: the file has 3072 bytes; expected 1 to 1000000 records of 3073");
}

TEST(Cifar10, LabelsAboveNineAreRefused) {
  Files files;
  std::string bytes = records(0, 3);
  bytes[3073] = 10;
  files.write("test_batch.bin", bytes);
  test::expect_input_error([&] { data::load(files.spec(), Part::Test); },
                           files.path("test_batch.bin") + ": error: label 10 of image 1 must be 0 to 9");
}

TEST(Cifar10, FilesTooSmallForThePartsAreRefused) {
  Files files;
  files.write("data_batch_3.bin", records(0, 800));
  test::expect_input_error([&] { data::load(files.spec(), Part::Validation); },
                           "error: data set cifar10 in " + files.spec().substr(8) +
                               ": the training file has 6000 images; at least 6001 are needed to cut off "
                               "calibration and validation parts");
}

}  // namespace
}  // namespace phasecore
