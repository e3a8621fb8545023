#include "models/data/dataset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "common/files.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Part;

std::string big_endian(unsigned value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string images_file(unsigned count, unsigned height, unsigned width) {
  std::string bytes = big_endian(2051) + big_endian(count) + big_endian(height) + big_endian(width);
  for (unsigned i = 0; i < count * height * width; ++i) bytes += static_cast<char>(i % 256);
  return bytes;
}

std::string labels_file(unsigned count) {
  std::string bytes = big_endian(2049) + big_endian(count);
  for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>(i % 10);
  return bytes;
}

/// A small set of test files on disk, changed at will.
class SmallSet {
 public:
  SmallSet() {
    write("t10k-images-idx3-ubyte", images_file(4, 3, 2));
    write("t10k-labels-idx1-ubyte", labels_file(4));
  }
  void write(const std::string& name, const std::string& bytes) {
    test::write_text(directory_ / name, bytes);
  }
  std::string spec() const { return "mnist:" + directory_.path(); }
  std::string path(const std::string& name) const { return directory_ / name; }
  void expect_refusal(const std::string& message) const {
    test::expect_input_error([&] { data::load(spec(), Part::Test); }, message);
  }

 private:
  test::TempDirectory directory_;
};

TEST(Data, FashionMnistHasFourPartsOfFixedSize) {
  const std::vector<std::pair<Part, int>> sizes{
      {Part::Training, 54000}, {Part::Calibration, 1000}, {Part::Validation, 5000}, {Part::Test, 10000}};
  for (const auto& [part, size] : sizes) {
    const data::Dataset set = data::load("fashion-mnist", part);
    EXPECT_EQ(set.size(), size) << data::name_of(part);
    EXPECT_EQ(set.shape, (graph::Shape{1, 28, 28}));
    EXPECT_EQ(set.images.size(), static_cast<std::size_t>(size) * 784);
    EXPECT_EQ(set.classes, 10);
    EXPECT_EQ(set.name, "fashion-mnist");
    EXPECT_EQ(set.part, part);
    EXPECT_EQ(std::set<int>(set.labels.begin(), set.labels.end()).size(), 10u);
  }
}

TEST(Data, PartsAreConsecutivePiecesOfTheTrainingFile) {
  const std::string directory = "/usr/share/datasets/fashion-mnist/";
  const std::string pixels = common::read_gzip(directory + "train-images-idx3-ubyte.gz").substr(16);
  const std::string labels = common::read_gzip(directory + "train-labels-idx1-ubyte.gz").substr(8);
  ASSERT_EQ(labels.size(), 60000u);
  const std::vector<std::pair<Part, int>> begins{
      {Part::Training, 0}, {Part::Calibration, 54000}, {Part::Validation, 55000}};
  int covered = 0;
  for (const auto& [part, begin] : begins) {
    EXPECT_EQ(begin, covered);  // one begins where the other ends: no image is in two parts
    const data::Dataset set = data::load("fashion-mnist", part);
    covered += set.size();
    for (int i = 0; i < set.size(); ++i)
      ASSERT_EQ(set.labels[i], static_cast<unsigned char>(labels[begin + i]));
    for (int i : {0, set.size() - 1})
      for (int p = 0; p < 784; ++p) {
        const double pixel = static_cast<unsigned char>(pixels[(begin + i) * 784LL + p]);
        ASSERT_EQ(set.images[i * 784 + p], static_cast<float>((pixel / 255 - 0.2860) / 0.3530));
      }
  }
  EXPECT_EQ(covered, 60000);
}

TEST(Data, TrainingImagesHaveMeanZeroAndDeviationOne) {
  const data::Dataset set = data::load("fashion-mnist", Part::Training);
  double sum = 0, squares = 0;
  for (float v : set.images) {
    sum += v;
    squares += static_cast<double>(v) * v;
  }
  const double mean = sum / static_cast<double>(set.images.size());
  EXPECT_NEAR(mean, 0, 0.002);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(set.images.size()) - mean * mean), 1, 0.002);
}

TEST(Data, LimitKeepsTheFirstImages) {
  const data::Dataset all = data::load("fashion-mnist", Part::Validation);
  const data::Dataset few = data::load("fashion-mnist", Part::Validation, 12);
  ASSERT_EQ(few.size(), 12);
  EXPECT_TRUE(std::equal(few.images.begin(), few.images.end(), all.images.begin()));
  EXPECT_TRUE(std::equal(few.labels.begin(), few.labels.end(), all.labels.begin()));
  EXPECT_EQ(data::load("fashion-mnist", Part::Validation, 6000).size(), 5000);
}

TEST(Data, BatchesAreCutByImage) {
  const SmallSet files;
  const data::Dataset set = data::load(files.spec(), Part::Test);
  const graph::Batch batch = set.batch(1, 3);
  EXPECT_EQ(batch.samples, 2);
  EXPECT_EQ(batch.shape, (graph::Shape{1, 3, 2}));
  EXPECT_EQ(batch.values, std::vector<float>(set.images.begin() + 6, set.images.begin() + 18));
  EXPECT_EQ(set.batch(4, 4).samples, 0);
  EXPECT_EQ(test::internal_error([&] { set.batch(3, 5); }), "data: a batch outside of its data set");
}

TEST(Data, PlainAndGzippedFilesAreReadAlike) {
  const SmallSet files;
  const data::Dataset plain = data::load(files.spec(), Part::Test);
  EXPECT_FLOAT_EQ(plain.images[1], (1 / 255.0f - 0.1307f) / 0.3081f);
  const test::CommandResult gzip = test::run_command("gzip '" + files.path("t10k-images-idx3-ubyte") + "'");
  ASSERT_EQ(gzip.exit_code, 0) << gzip.err;
  EXPECT_EQ(data::load(files.spec(), Part::Test).images, plain.images);
}

TEST(Data, UnknownNamesAreRefused) {
  test::expect_input_error(
      [] { data::load("fashion-minst", Part::Test); },
      "error: data set 'fashion-minst' is not known; known are fashion-mnist, fashion-mnist:DIR, "
      "mnist:DIR, cifar10:DIR, speech-commands:DIR, visual-wake-words:DIR; did you mean 'fashion-mnist'?");
  test::expect_input_error([] { data::load("mnist", Part::Test); },
                           "error: data set 'mnist' needs the directory of its files, as in mnist:DIR");
  test::expect_input_error([] { data::load("mnist:", Part::Test); },
                           "error: data set 'mnist:' names no directory after the colon");
  test::expect_input_error([] { data::load("fashion-mnist", Part::Test, -1); },
                           "error: number of images -1 must be at least 1, or 0 for all");
}

TEST(Data, AnAbsentFileOfTheUserIsNamed) {
  test::expect_input_error([] { data::load("mnist:/no/such/place", Part::Training); },
                           "error: data set mnist: there is no train-images-idx3-ubyte.gz in /no/such/place");
}

TEST(Data, AnAbsentPackageIsNamed) {
  ::setenv("PHASECORE_DATASETS", "/no/such/place", 1);
  EXPECT_EQ(test::environment_error([] { data::load("fashion-mnist", Part::Test); }),
            "data set fashion-mnist: there is no t10k-images-idx3-ubyte.gz in /no/such/place/fashion-mnist; "
            "install the "
            "Debian package dataset-fashion-mnist");
  ::unsetenv("PHASECORE_DATASETS");
}

TEST(Data, BrokenFilesAreRefusedWithWhatIsWrong) {
  SmallSet files;
  const std::string images = files.path("t10k-images-idx3-ubyte"),
                    labels = files.path("t10k-labels-idx1-ubyte");
  files.write("t10k-images-idx3-ubyte", "");
  files.expect_refusal(images + ": error: the file has 0 bytes; an IDX header of 3 dimensions has 16");
  files.write("t10k-images-idx3-ubyte", labels_file(40));
  files.expect_refusal(
      images + ": error: magic number 2049; an IDX file of unsigned bytes with 3 dimensions has 2051");
  files.write("t10k-images-idx3-ubyte", images_file(4, 0, 2));
  files.expect_refusal(images + ": error: dimension 1 is 0");
  files.write("t10k-images-idx3-ubyte", big_endian(2051) + std::string(12, '\xff'));
  files.expect_refusal(images + ": error: dimension 0 is 4294967295; at most 1048576");
  files.write("t10k-images-idx3-ubyte", images_file(4, 3, 2).substr(0, 30));
  files.expect_refusal(images + ": error: holds 14 values; its header announces 24");
  files.write("t10k-images-idx3-ubyte", images_file(4, 3, 2) + "x");
  files.expect_refusal(images + ": error: holds 25 values; its header announces 24");
  files.write("t10k-images-idx3-ubyte", images_file(5, 3, 2));
  const std::string directory = files.spec().substr(6);
  files.expect_refusal("error: data set mnist in " + directory + ": 5 images, but 4 labels");
  files.write("t10k-images-idx3-ubyte", images_file(4, 3, 2));
  files.write("t10k-labels-idx1-ubyte", labels_file(3) + '\x0a');
  files.expect_refusal(labels + ": error: holds 4 values; its header announces 3");
  files.write("t10k-labels-idx1-ubyte", big_endian(2049) + big_endian(4) + std::string("\0\1\x0a\2", 4));
  files.expect_refusal("error: data set mnist in " + directory +
                       ": label 10 of image 2 of the t10k-labels file must be 0 to 9");
}

TEST(Data, ATrainingFileTooSmallForItsPartsIsRefused) {
  SmallSet files;
  files.write("train-images-idx3-ubyte", images_file(6000, 1, 1));
  files.write("train-labels-idx1-ubyte", labels_file(6000));
  test::expect_input_error(
      [&] { data::load(files.spec(), Part::Calibration); },
      "error: data set mnist in " + files.spec().substr(6) +
          ": the training file has 6000 images; at least 6001 are needed to cut off calibration "
          "and validation parts");
}

}  // namespace
}  // namespace phasecore
