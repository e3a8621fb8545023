#include "models/data/dataset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <set>

#include "common/gzip.hpp"
#include "models/data/fingerprint.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Part;

std::string big_endian(unsigned value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

TEST(Fingerprint, IsOfShapeLabelsAndValues) {
  data::Dataset set;
  set.shape = {1, 2, 2};
  set.images = {0, 1, 2, 3};
  set.labels = {7};
  const std::string print = data::fingerprint(set);
  EXPECT_EQ(print.size(), 64U);
  data::Dataset elsewhere = set;
  elsewhere.name = "the same from another folder";
  EXPECT_EQ(data::fingerprint(elsewhere), print);
  for (const auto& change : std::vector<std::function<void(data::Dataset&)>>{
           [](auto& s) {
             s.shape = {1, 1, 4};
           },
           [](auto& s) { s.images[3] = 4; }, [](auto& s) { s.labels[0] = 8; }}) {
    data::Dataset other = set;
    change(other);
    EXPECT_NE(data::fingerprint(other), print);
  }
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

/// A small set of files on disk, changed at will.
class SmallSet {
 public:
  SmallSet() {
    write("train-images-idx3-ubyte", images_file(30, 3, 2));
    write("train-labels-idx1-ubyte", labels_file(30));
    write("t10k-images-idx3-ubyte", images_file(4, 3, 2));
    write("t10k-labels-idx1-ubyte", labels_file(4));
  }
  void write(const std::string& name, const std::string& bytes) {
    test::write_text(directory_ / name, bytes);
  }
  void remove(const std::string& name) { std::filesystem::remove(directory_ / name); }
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
      "mnist:DIR, cifar10:DIR, cifar100:DIR, images:DIR, npz:FILE.npz, npy:DIR, speech-commands:DIR, "
      "speech-commands-mlperf:DIR, "
      "spoken-digits:DIR, spoken-digits-without:SPEAKER:DIR, "
      "visual-wake-words:DIR; did you mean 'fashion-mnist'?");
  const std::string known =
      "' is not known; known are fashion-mnist, fashion-mnist:DIR, mnist:DIR, cifar10:DIR, cifar100:DIR, "
      "images:DIR, npz:FILE.npz, npy:DIR, speech-commands:DIR, speech-commands-mlperf:DIR, "
      "spoken-digits:DIR, "
      "spoken-digits-without:SPEAKER:DIR, visual-wake-words:DIR";
  test::expect_input_error([] { data::load("mine.npz", Part::Test); },
                           "error: data set 'mine.npz" + known + "; did you mean 'npz:mine.npz'?");
  const test::TempDirectory place;
  test::expect_input_error([&] { data::load(place.path(), Part::Test); },
                           "error: data set '" + place.path() + known + "; '" + place.path() +
                               "' is a directory: say what it holds, as in images:" + place.path());
  test::expect_input_error([] { data::load("mnist", Part::Test); },
                           "error: data set 'mnist' needs the directory of its files, as in mnist:DIR");
  test::expect_input_error([] { data::load("mnist:", Part::Test); },
                           "error: data set 'mnist:' names no directory after the colon");
  test::expect_input_error([] { data::load("fashion-mnist", Part::Test, -1); },
                           "error: number of images -1 must be at least 1, or 0 for all");
}

TEST(Data, AnAbsentFileOfTheUserIsNamed) {
  test::expect_input_error([] { data::load("mnist:/no/such/place", Part::Training); },
                           "error: data set mnist: there is no train-images-idx3-ubyte.gz and no "
                           "train-labels-idx1-ubyte.gz in /no/such/place");
}

TEST(Data, AnAbsentPackageIsNamed) {
  ::setenv("PHASECORE_DATASETS", "/no/such/place", 1);
  EXPECT_EQ(
      test::environment_error([] { data::load("fashion-mnist", Part::Test); }),
      "data set fashion-mnist: there is no t10k-images-idx3-ubyte.gz and no t10k-labels-idx1-ubyte.gz in "
      "/no/such/place/fashion-mnist; install the Debian package dataset-fashion-mnist");
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
  files.write("t10k-images-idx3-ubyte",
              big_endian(2051) + big_endian(4) + big_endian(1 << 20) + big_endian(1 << 20) + "x");
  files.expect_refusal(images + ": error: holds 1 values; its header announces 4398046511104");
  const std::string huge = big_endian(2051) + big_endian(1) + big_endian(1 << 20) + big_endian(2000);
  files.write("t10k-images-idx3-ubyte", huge + std::string(3000000, '\0'));
  test::run_command("gzip -f '" + images + "'");
  files.expect_refusal(images + ".gz: error: holds 3000000 values; its header announces 2097152000");
  files.write("t10k-images-idx3-ubyte", images_file(5, 3, 2));
  test::run_command("gzip -f '" + images + "' && truncate -s -9 '" + images + ".gz'");
  files.expect_refusal("error: '" + images + ".gz' is a broken gzip archive: it ends too early");
  std::filesystem::remove(images + ".gz");
  files.write("t10k-images-idx3-ubyte", images_file(5, 3, 2));
  const std::string directory = files.spec().substr(6);
  files.expect_refusal("error: data set mnist in " + directory + ": 5 images, but 4 labels");
  files.write("t10k-images-idx3-ubyte", images_file(4, 3, 2));
  files.write("t10k-labels-idx1-ubyte", labels_file(3) + '\x0a');
  files.expect_refusal(labels + ": error: holds 4 values; its header announces 3");
}

TEST(Data, SmallTrainingFilesGiveATenthToEachOtherPart) {
  SmallSet files;
  for (const auto& [images, tenth] : std::vector<std::pair<int, int>>{{30, 3}, {3, 1}, {500, 50}}) {
    files.write("train-images-idx3-ubyte", images_file(images, 3, 2));
    files.write("train-labels-idx1-ubyte", labels_file(images));
    EXPECT_EQ(data::load(files.spec(), Part::Validation).size(), tenth) << images;
    EXPECT_EQ(data::load(files.spec(), Part::Calibration).size(), tenth) << images;
    EXPECT_EQ(data::load(files.spec(), Part::Training).size(), images - 2 * tenth) << images;
    EXPECT_EQ(data::load(files.spec(), Part::Test).size(), 4) << images;
  }
  files.write("train-images-idx3-ubyte", images_file(2, 3, 2));
  files.write("train-labels-idx1-ubyte", labels_file(2));
  test::expect_input_error([&] { data::load(files.spec(), Part::Calibration); },
                           "error: data set mnist in " + files.spec().substr(6) +
                               ": there are 2 training images; at least 3 are needed to cut off other parts");
}

TEST(Data, WithoutTrainingFilesATenthOfTheTestImagesIsForCalibration) {
  SmallSet files;
  files.remove("train-images-idx3-ubyte");
  files.remove("train-labels-idx1-ubyte");
  files.write("t10k-images-idx3-ubyte", images_file(40, 3, 2));
  files.write("t10k-labels-idx1-ubyte", labels_file(40));
  const data::Dataset test = data::load(files.spec(), Part::Test);
  const data::Dataset calibration = data::load(files.spec(), Part::Calibration);
  EXPECT_EQ(test.size(), 36);
  EXPECT_EQ(calibration.size(), 4);
  EXPECT_EQ(test.made_by_rule, "36 of the set's 40 test images, by a hash of their numbers");
  EXPECT_EQ(calibration.made_by_rule, "4 of the set's 40 test images, by a hash of their numbers");
  // Image i begins with byte 6 * i: each is in one of the parts.
  std::set<float> first_pixels;
  for (const data::Dataset* set : {&test, &calibration})
    for (int i = 0; i < set->size(); ++i) first_pixels.insert(set->images[6 * i]);
  EXPECT_EQ(first_pixels.size(), 40u);
  EXPECT_EQ(data::load(files.spec(), Part::Test, 5).images,
            std::vector<float>(test.images.begin(), test.images.begin() + 30));
  // Nothing is chosen by test images.
  EXPECT_NE(test::input_error([&] { data::load(files.spec(), Part::Validation); }), "");
}

TEST(Data, TheLabelsOfAllFilesSayHowManyClassesThereAre) {
  SmallSet files;
  std::string labels = labels_file(30);
  labels.back() = 46;
  files.write("train-labels-idx1-ubyte", labels);
  const data::Dataset set = data::load(files.spec(), Part::Test);
  EXPECT_EQ(set.classes, 47);
  EXPECT_TRUE(set.classes_open);
  EXPECT_EQ(set.labels, (std::vector<int>{0, 1, 2, 3}));
  labels.back() = static_cast<char>(255);
  files.write("train-labels-idx1-ubyte", labels);
  EXPECT_EQ(data::load(files.spec(), Part::Test).classes, 256);
}

TEST(Data, AnotherNormalisationReplacesTheSetsOwn) {
  const SmallSet files;
  data::Reading reading;
  reading.normalisation = data::parse_normalisation("0:1", "--normalise");
  const data::Dataset set = data::load(files.spec(), Part::Test, 0, reading);
  for (std::size_t i = 0; i < set.images.size(); ++i)
    EXPECT_EQ(set.images[i], static_cast<float>(static_cast<double>(i) / 255));
  EXPECT_EQ(set.normalisation->from, "--normalise");
  EXPECT_TRUE(set.scaled);
  const data::Dataset own = data::load(files.spec(), Part::Test);
  EXPECT_EQ(data::to_string(*own.normalisation), "0.1307:0.3081");
  EXPECT_EQ(own.normalisation->from, "the set's own");
  reading.normalisation = data::parse_normalisation("0,0:1", "--normalise");
  test::expect_input_error([&] { data::load(files.spec(), Part::Test, 0, reading); },
                           "error: --normalise has 2 means and deviations; images of data set mnist in " +
                               files.spec().substr(6) + " have 1 channel: expected as many, or one for all");
}

TEST(Data, ImagesAreReadAsTheVectorThatTheNetworkWants) {
  const SmallSet files;
  data::Reading reading;
  reading.shape = graph::Shape{6};
  const data::Dataset flat = data::load(files.spec(), Part::Test, 0, reading);
  EXPECT_EQ(flat.shape, (graph::Shape{6}));
  EXPECT_EQ(flat.images, data::load(files.spec(), Part::Test).images);
  reading.shape = graph::Shape{2, 3};  // other values beside each other
  EXPECT_EQ(data::load(files.spec(), Part::Test, 0, reading).shape, (graph::Shape{1, 3, 2}));
}

TEST(Data, ValuesInTheSameOrderMayHaveOtherAxes) {
  EXPECT_TRUE(data::same_values({28, 28}, {1, 28, 28}));
  EXPECT_TRUE(data::same_values({28, 28, 1}, {1, 28, 28}));
  EXPECT_TRUE(data::same_values({64}, {1, 8, 8}));
  EXPECT_TRUE(data::same_values({3, 32, 32}, {3072}));
  EXPECT_FALSE(data::same_values({32, 32, 3}, {3, 32, 32}));
  EXPECT_FALSE(data::same_values({28, 28}, {1, 27, 28}));
  EXPECT_FALSE(data::same_values({4, 6}, {6, 4}));
}

TEST(Data, TheHintGuessesWhereTheChannelsStand) {
  EXPECT_EQ(
      data::layout_hint({32, 32, 3}, {3, 32, 32}),
      "; channels seem to stand last (NHWC), where the network wants them first: save x.transpose(0, 3, "
      "1, 2)");
  EXPECT_EQ(
      data::layout_hint({3, 32, 32}, {32, 32, 3}),
      "; channels seem to stand first (NCHW), where the network wants them last: save x.transpose(0, 2, "
      "3, 1)");
  EXPECT_EQ(data::layout_hint({100, 12}, {12, 100}),
            "; channels seem to stand last (NLC), where the network wants them first: save x.transpose(0, 2, "
            "1)");
  EXPECT_NE(data::layout_hint({64, 64, 3}, {3, 32, 32}), "");  // and another size
  EXPECT_EQ(data::layout_hint({1, 3, 2}, {2, 1, 3}), data::layout_hint({32, 32, 3}, {3, 32, 32}));
  EXPECT_EQ(data::layout_hint({12, 100}, {100, 12}),
            "; channels seem to stand first (NCL), where the network wants them last: save x.transpose(0, 2, "
            "1)");
  EXPECT_EQ(data::layout_hint({3, 64, 64}, {3, 32, 32}), "");
  EXPECT_EQ(data::layout_hint({784}, {3, 32, 32}), "");
}

TEST(Normalisation, ListsOfNumbersAreReadAndWritten) {
  EXPECT_EQ(data::to_string(data::parse_normalisation("0.4914, 0.4822,0.4465:0.247", "--normalise")),
            "0.4914,0.4822,0.4465:0.247,0.247,0.247");
  EXPECT_EQ(data::to_string(data::parse_normalisation("-1e-3", "2", "metadata")), "-0.001:2");
  EXPECT_EQ(data::parse_normalisation("127.5/255:1/255", "--normalise").mean, std::vector<double>{0.5});
  EXPECT_EQ(data::parse_normalisation("127.5/255:1/255", "--normalise").deviation,
            std::vector<double>{1.0 / 255});
  const data::Normalisation n = data::parse_normalisation("1,2:2,4", "--normalise");
  EXPECT_EQ(n(3, 0), 1);
  EXPECT_EQ(n(10, 1), 2);
}

TEST(Normalisation, EverythingThatIsWrongIsSaidAtOnce) {
  const auto parse = [](const std::string& text) {
    return [text] { data::parse_normalisation(text, "--normalise"); };
  };
  const std::string form =
      "; expected MEAN:STD or MEAN,MEAN,MEAN:STD,STD,STD, such as "
      "0.4914,0.4822,0.4465:0.2470,0.2435,0.2616";
  test::expect_input_error(parse("0.5"), "error: --normalise is '0.5'" + form);
  test::expect_input_error(parse("0.5:1:2"), "error: --normalise is '0.5:1:2'" + form);
  for (const std::string number : {"1/0", "/2", "1/", "0/0", "x/2", "inf"})
    test::expect_input_error(parse(number + ":1"),
                             "error: --normalise: the mean '" + number + "' is no number");
  test::expect_input_error(parse("a,,1:0,nan,-1,1"),
                           "error: --normalise: the mean 'a' is no number\n"
                           "error: --normalise: the mean '' is no number\n"
                           "error: --normalise: the deviation '0' must be above 0\n"
                           "error: --normalise: the deviation 'nan' is no number\n"
                           "error: --normalise: the deviation '-1' must be above 0\n"
                           "error: --normalise: there are 3 means and 4 deviations; expected one for each "
                           "channel");
}

}  // namespace
}  // namespace phasecore
