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
  const std::vector<std::tuple<Part, int, int>> ranges{{Part::Training, 0, 5200},
                                                       {Part::Calibration, 5200, 5850},
                                                       {Part::Validation, 5850, 6500},
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
  test::expect_input_error([&] { data::load(files.spec(), Part::Training); },
                           files.path("data_batch_2.bin") +
                               ": error: no such file; the binary version of CIFAR-10 has data_batch_1.bin, "
                               "data_batch_2.bin and so on, and test_batch.bin\n" +
                               files.path("data_batch_4.bin") +
                               ": error: the file has 0 bytes; expected 1 to 100000000 records of 3073\n" +
                               files.path("data_batch_5.bin") +
                               ": error: the file has 3072 bytes; expected 1 to 100000000 records of 3073");
}

TEST(Cifar10, LabelsAboveNineAreMoreClasses) {
  Files files;
  std::string bytes = records(0, 3);
  bytes[3073] = 11;
  files.write("test_batch.bin", bytes);
  EXPECT_EQ(data::load(files.spec(), Part::Test).classes, 12);
  EXPECT_EQ(data::load(files.spec(), Part::Training, 1).classes, 12);
}

TEST(Cifar10, AnyNumberOfFilesAndOfImagesIsRead) {
  Files files;
  files.write("data_batch_6.bin", records(6500, 30));
  EXPECT_EQ(data::load(files.spec(), Part::Training).size(), 6530 - 2 * 653);
  EXPECT_EQ(data::load(files.spec(), Part::Validation).labels.back(), 6529 % 10);
}

TEST(Cifar10, TwoFilesOfImagesAreEnough) {
  Files files;
  for (const char* file : {"data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"})
    std::filesystem::remove(files.path(file));
  EXPECT_EQ(data::load(files.spec(), Part::Training).size(), 2600 - 2 * 260);
}

TEST(Cifar10, TheNetworksInputSaysHowLargeTheImagesAre) {
  const test::TempDirectory place;
  std::string bytes;
  for (int i = 0; i < 20; ++i)
    bytes += static_cast<char>(i % 5) + std::string(3 * 4 * 5, static_cast<char>(i));
  test::write_text(place / "test_batch.bin", bytes);
  data::Reading reading;
  reading.shape = graph::Shape{3, 4, 5};
  const data::Dataset set = data::load("cifar10:" + place.path(), Part::Test, 0, reading);
  EXPECT_EQ(set.shape, (graph::Shape{3, 4, 5}));
  EXPECT_EQ(set.size(), 18);  // the others are for calibration: there are no training files
  EXPECT_EQ(set.classes, 5);
  EXPECT_EQ(data::load("cifar10:" + place.path(), Part::Calibration, 0, reading).size(), 2);
  EXPECT_NE(test::input_error([&] { data::load("cifar10:" + place.path(), Part::Test); }), "");
}

TEST(Cifar100, TheSecondLabelIsTheClass) {
  const test::TempDirectory place;
  const auto write = [&](const std::string& name, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i)
      bytes += std::string{static_cast<char>(i % 20), static_cast<char>(i % 100)} + std::string(3072, '\x80');
    test::write_text(place / name, bytes);
  };
  write("train.bin", 200);
  write("test.bin", 70);
  const std::string spec = "cifar100:" + place.path();
  const data::Dataset test = data::load(spec, Part::Test);
  EXPECT_EQ(test.name, "cifar100");
  EXPECT_EQ(test.size(), 70);
  EXPECT_EQ(test.classes, 100);
  EXPECT_EQ(test.labels[42], 42);
  EXPECT_FLOAT_EQ(test.images[2048], static_cast<float>((128 / 255.0 - 0.4409) / 0.2762));
  EXPECT_EQ(data::load(spec, Part::Training).size(), 160);
  std::filesystem::remove(place / "train.bin");
  test::expect_input_error([&] { data::load(spec, Part::Training); },
                           (place / "train.bin") +
                               ": error: no such file; the binary version of CIFAR-100 has train.bin and "
                               "test.bin");
}

}  // namespace
}  // namespace phasecore
