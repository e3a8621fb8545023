// The user's own arrays: what is read, how parts are made, what is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include "models/data/dataset.hpp"
#include "models/data/own_arrays.hpp"
#include "tests/models/data/array_writer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Part;
using test::npy_file;

/// `count` images of 1x2x3; those of image i begin with base + 10 i.
std::string images(int count, int base = 0) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i)
    for (int p = 0; p < 6; ++p) values.push_back(static_cast<float>(base + 10 * i + p));
  return npy_file<float>("<f4", "(" + std::to_string(count) + ", 1, 2, 3)", values);
}

std::string labels(int count, int classes = 5) {
  std::vector<std::int64_t> values;
  for (int i = 0; i < count; ++i) values.push_back(i % classes);
  return npy_file<std::int64_t>("<i8", "(" + std::to_string(count) + ",)", values);
}

/// A folder of arrays, changed at will.
class Folder {
 public:
  Folder(std::initializer_list<std::pair<const char*, std::string>> files) {
    for (const auto& [name, bytes] : files) write(name, bytes);
  }
  void write(const std::string& name, const std::string& bytes) { test::write_text(place_ / name, bytes); }
  void remove(const std::string& name) { std::filesystem::remove(place_ / name); }
  std::string path(const std::string& name) const { return place_ / name; }
  std::string spec() const { return "npy:" + place_.path(); }
  std::string where() const { return "data set npy in " + place_.path(); }
  void expect_refusal(const std::string& message, Part part = Part::Test) const {
    test::expect_input_error([&] { data::load(spec(), part); }, message);
  }

 private:
  test::TempDirectory place_;
};

/// The numbers of a set's images, as images() numbers them.
std::set<int> numbers(const data::Dataset& set, int base = 0) {
  std::set<int> all;
  const long long volume = graph::volume(set.shape);
  for (int i = 0; i < set.size(); ++i) all.insert((static_cast<int>(set.images[i * volume]) - base) / 10);
  return all;
}

TEST(Arrays, AnArchiveAndAFolderAreReadAlike) {
  Folder folder{{"test_x.npy", images(7)},   {"test_y.npy", labels(7)}, {"train_x.npy", images(40, 1000)},
                {"train_y.npy", labels(40)}, {"notes.npy", labels(1)},  {"README.txt", "mine"}};
  const data::Dataset set = data::load(folder.spec(), Part::Test);
  EXPECT_EQ(set.size(), 7);
  EXPECT_EQ(set.shape, (graph::Shape{1, 2, 3}));
  EXPECT_EQ(set.classes, 5);
  EXPECT_TRUE(set.classes_open);
  EXPECT_EQ(set.labels, (std::vector<int>{0, 1, 2, 3, 4, 0, 1}));
  EXPECT_EQ(numbers(set), (std::set<int>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_FALSE(set.scaled);
  EXPECT_FALSE(set.normalisation);
  EXPECT_EQ(set.made_by_rule, "");
  EXPECT_EQ(set.name, "npy:" + std::filesystem::path(folder.path("")).parent_path().filename().string());
  for (const bool compressed : {false, true}) {
    test::write_npz(folder.path("mine.npz"),
                    {{"test_x", images(7)},
                     {"test_y", labels(7)},
                     {"train_x", images(40, 1000)},
                     {"train_y", labels(40)},
                     {"class_names", npy_file<char>("|S2", "(2,)", {'a', 'b', 'c', 'd'})}},
                    compressed);
    const std::string spec = "npz:" + folder.path("mine.npz");
    for (const Part part : {Part::Training, Part::Calibration, Part::Validation, Part::Test}) {
      const data::Dataset other = data::load(spec, part), one = data::load(folder.spec(), part);
      EXPECT_EQ(other.images, one.images) << data::name_of(part);
      EXPECT_EQ(other.labels, one.labels);
      EXPECT_EQ(other.name, "npz:mine.npz");
    }
  }
}

TEST(Arrays, OfAProgramAreReadAsFilesOfThemAre) {
  data::OwnArrays own;
  own.values["test_x"] = {{20, 1, 2, 3}, {}};
  for (int i = 0; i < 120; ++i) own.values["test_x"].values.push_back(static_cast<float>(i / 6 * 10 + i % 6));
  for (int i = 0; i < 20; ++i) own.labels["test_y"].push_back(i % 5);
  const Folder folder{{"test_x.npy", images(20)}, {"test_y.npy", labels(20)}};
  for (const Part part : {Part::Test, Part::Calibration}) {
    const data::Dataset set = data::load(own, part), of_files = data::load(folder.spec(), part);
    EXPECT_EQ(set.name, "arrays");
    EXPECT_EQ(set.images, of_files.images);
    EXPECT_EQ(set.labels, of_files.labels);
    EXPECT_EQ(set.made_by_rule, of_files.made_by_rule);
  }
  own.labels["test_y"].pop_back();
  test::expect_input_error([&] { data::load(own, Part::Test); },
                           "error: the array test_y has 19 labels; the array test_x has 20 images");
  own.labels.clear();
  test::expect_input_error([&] { data::load(own, Part::Test); },
                           "error: data set arrays in memory: there is test_x, but no test_y");
}

TEST(Arrays, EveryTypeOfNumberIsTakenAsItIs) {
  Folder folder{{"test_x.npy", ""}, {"test_y.npy", ""}, {"calibration_x.npy", ""}};
  const auto expect = [&](const std::string& x, const std::string& y) {
    folder.write("test_x.npy", x);
    folder.write("calibration_x.npy", x);
    folder.write("test_y.npy", y);
    const data::Dataset set = data::load(folder.spec(), Part::Test);
    EXPECT_EQ(set.images, (std::vector<float>{0, 1, 2, 200, 4, 5}));
    EXPECT_EQ(set.labels, (std::vector<int>{3, 0}));
  };
  const std::string shape = "(2, 3)";
  expect(npy_file<std::uint8_t>("|u1", shape, {0, 1, 2, 200, 4, 5}),
         npy_file<std::uint8_t>("|u1", "(2,)", {3, 0}));
  expect(npy_file<double>("<f8", shape, {0, 1, 2, 200, 4, 5}), npy_file<std::int32_t>("<i4", "(2,)", {3, 0}));
  expect(npy_file<std::int16_t>("<i2", shape, {0, 1, 2, 200, 4, 5}),
         npy_file<std::int8_t>("|i1", "(2, 1)", {3, 0}));
  expect(npy_file<float>("<f4", shape, {0, 200, 1, 4, 2, 5}, true), npy_file<float>("<f4", "(2,)", {3, 0}));
  expect(npy_file<std::uint64_t>("<u8", shape, {0, 1, 2, 200, 4, 5}),
         npy_file<std::uint64_t>("<u8", "(2,)", {3, 0}));
}

TEST(Arrays, VectorsAndSequencesAreOfTheNetworksShape) {
  Folder folder{{"test_x.npy", npy_file<float>("<f4", "(4, 6)", std::vector<float>(24, 1))},
                {"test_y.npy", labels(4)},
                {"calibration_x.npy", npy_file<float>("<f4", "(1, 6)", std::vector<float>(6, 1))}};
  EXPECT_EQ(data::load(folder.spec(), Part::Test).shape, (graph::Shape{6}));
  EXPECT_EQ(data::load(folder.spec(), Part::Calibration).size(), 1);
  data::Reading reading;
  reading.shape = graph::Shape{1, 2, 3};
  EXPECT_EQ(data::load(folder.spec(), Part::Test, 0, reading).shape, *reading.shape);
  folder.write("test_x.npy", npy_file<float>("<f4", "(4, 5, 6)", std::vector<float>(120, 1)));
  folder.remove("calibration_x.npy");
  EXPECT_EQ(data::load(folder.spec(), Part::Test).shape, (graph::Shape{5, 6}));
}

TEST(Arrays, TestDataAloneGiveATenthToCalibration) {
  const Folder folder{{"test_x.npy", images(50)}, {"test_y.npy", labels(50)}};
  const data::Dataset test = data::load(folder.spec(), Part::Test),
                      calibration = data::load(folder.spec(), Part::Calibration);
  EXPECT_EQ(test.made_by_rule, "45 of the set's 50 test images, by a hash of their numbers");
  EXPECT_EQ(calibration.made_by_rule, "5 of the set's 50 test images, by a hash of their numbers");
  std::set<int> both = numbers(test);
  EXPECT_EQ(both.size(), 45u);
  const std::set<int> cut = numbers(calibration);
  EXPECT_EQ(cut.size(), 5u);
  both.insert(cut.begin(), cut.end());
  EXPECT_EQ(both.size(), 50u);
  // Neither the last ones, which may all be of a class, nor every tenth.
  EXPECT_LT(*cut.begin(), 40);
  for (int i = 0; i < test.size(); ++i)
    EXPECT_EQ(test.labels[i], static_cast<int>(test.images[6 * i]) / 10 % 5);
  EXPECT_EQ(data::load(folder.spec(), Part::Test, 3).images,
            std::vector<float>(test.images.begin(), test.images.begin() + 18));
  folder.expect_refusal("error: " + folder.where() +
                            " has no validation part: there is no validation_x and validation_y, and no "
                            "train_x and train_y to cut it off",
                        Part::Validation);
  folder.expect_refusal("error: " + folder.where() + " has no training part: there is no train_x and train_y",
                        Part::Training);
}

TEST(Arrays, WhatIsMissingIsCutOffTrainingAndEachImageIsInOnePart) {
  Folder folder{{"test_x.npy", images(5, 5000)},
                {"test_y.npy", labels(5)},
                {"train_x.npy", images(100)},
                {"train_y.npy", labels(100)}};
  std::set<int> seen;
  for (const auto& [part, size] :
       std::map<Part, int>{{Part::Training, 80}, {Part::Calibration, 10}, {Part::Validation, 10}}) {
    const data::Dataset set = data::load(folder.spec(), part);
    EXPECT_EQ(set.size(), size);
    for (const int n : numbers(set)) EXPECT_TRUE(seen.insert(n).second) << n << " is in two parts";
    EXPECT_EQ(set.made_by_rule,
              std::to_string(size) + " of the set's 100 training images, by a hash of their numbers");
  }
  EXPECT_EQ(data::load(folder.spec(), Part::Test).size(), 5);
  folder.write("validation_x.npy", images(4, 9000));
  folder.write("validation_y.npy", labels(4));
  EXPECT_EQ(numbers(data::load(folder.spec(), Part::Validation), 9000).size(), 4u);
  EXPECT_EQ(data::load(folder.spec(), Part::Training).size(), 90);
  folder.write("calibration_x.npy", images(3, 8000));
  EXPECT_EQ(data::load(folder.spec(), Part::Calibration).size(), 3);
  EXPECT_EQ(data::load(folder.spec(), Part::Training).size(), 100);
  EXPECT_EQ(data::load(folder.spec(), Part::Training).made_by_rule, "");
}

TEST(Arrays, NamesThatOthersUseAreUnderstood) {
  const test::TempDirectory place;
  for (const auto& [x, y] : std::vector<std::pair<std::string, std::string>>{
           {"x_test", "y_test"}, {"test_images", "test_labels"}, {"test_data", "labels_test"}}) {
    test::write_npz(place / "a.npz", {{x, images(20)}, {y, labels(20)}}, false);
    EXPECT_EQ(data::load("npz:" + (place / "a.npz"), Part::Test).size(), 18) << x;
  }
  test::write_npz(place / "a.npz", {{"test_x", images(2)}, {"x_test", images(2)}, {"test_y", labels(2)}},
                  false);
  test::expect_input_error(
      [&] { data::load("npz:" + (place / "a.npz"), Part::Test); },
      "error: data set npz in " + (place / "a.npz") + ": 'test_x' and 'x_test' are both test_x");
}

TEST(Arrays, LabelsMayBeAListInAFile) {
  Folder folder{{"test_x.npy", images(4)}, {"test_y.csv", "label\r\n3\n0\n\n2\n1\n"}};
  folder.write("calibration_x.npy", images(2));
  EXPECT_EQ(data::load(folder.spec(), Part::Test).labels, (std::vector<int>{3, 0, 2, 1}));
  folder.write("test_y.csv", "3\n0\n2\n1\n");
  EXPECT_EQ(data::load(folder.spec(), Part::Test).labels, (std::vector<int>{3, 0, 2, 1}));
  folder.write("test_y.csv", "3\ncat\n2.5\n1\n");
  const std::string list = folder.path("test_y.csv");
  folder.expect_refusal(list + ":2: error: 'cat' is no label; expected one whole number a line\n" + list +
                        ":3: error: '2.5' is no label; expected one whole number a line\nerror: '" + list +
                        "' has 2 labels; '" + folder.path("test_x.npy") + "' has 4 images");
}

TEST(Arrays, ANormalisationIsTakenPerChannel) {
  Folder folder{{"test_x.npy", npy_file<float>("<f4", "(2, 2, 3)", {1, 1, 1, 5, 5, 5, 3, 3, 3, 7, 7, 7})},
                {"test_y.npy", labels(2)},
                {"calibration_x.npy", npy_file<float>("<f4", "(1, 2, 3)", {0, 0, 0, 0, 0, 0})}};
  data::Reading reading;
  reading.normalisation = data::parse_normalisation("1,5:2,4", "--normalise");
  const data::Dataset set = data::load(folder.spec(), Part::Test, 0, reading);
  EXPECT_EQ(set.images, (std::vector<float>{0, 0, 0, 0, 0, 0, 1, 1, 1, 0.5f, 0.5f, 0.5f}));
  EXPECT_FALSE(set.scaled);
  reading.normalisation = data::parse_normalisation("1,2,3:1", "--normalise");
  test::expect_input_error([&] { data::load(folder.spec(), Part::Test, 0, reading); },
                           "error: --normalise has 3 means and deviations; images of 2x3 have 2 channels: "
                           "expected as many, or one for all");
}

TEST(Arrays, EverythingThatIsWrongIsSaidAtOnce) {
  Folder folder{{"test_x.npy", images(4)},
                {"test_y.npy", labels(3)},
                {"train_x.npy", npy_file<float>("<f4", "(2, 3, 2, 1)", std::vector<float>(12))},
                {"validation_y.npy", labels(2)},
                {"calibration_x.npy", npy_file<float>(">f4", "(1, 1, 2, 3)", std::vector<float>(6))}};
  const auto quoted = [&](const std::string& name) { return "'" + folder.path(name) + "'"; };
  folder.expect_refusal(
      "error: " + folder.where() + ": there is train_x, but no train_y\n" + "error: " + folder.where() +
      ": there is validation_y, but no validation_x\n" + "error: " + quoted("calibration_x.npy") +
      " is big-endian ('>f4'); little-endian is read: save it with x.astype(x.dtype.newbyteorder('<'))\n" +
      "error: " + quoted("test_x.npy") + " has images of 1x2x3, but " + quoted("train_x.npy") +
      " of 3x2x1\n" + "error: " + quoted("test_y.npy") + " has 3 labels; " + quoted("test_x.npy") +
      " has 4 images");
}

TEST(Arrays, WrongArraysAreRefusedWithWhatToDo) {
  Folder folder{{"test_x.npy", images(2)}, {"test_y.npy", labels(2)}};
  const std::string x = "error: '" + folder.path("test_x.npy") + "' ",
                    y = "error: '" + folder.path("test_y.npy") + "' ";
  const auto expect_y = [&](const std::string& bytes, const std::string& message) {
    folder.write("test_y.npy", bytes);
    folder.expect_refusal(y + message);
  };
  expect_y(npy_file<float>("<f4", "(2, 5)", std::vector<float>(10)),
           "has shape 2x5; expected one class number an image: of one-hot labels save y.argmax(1)");
  expect_y(npy_file<float>("<f4", "(2,)", {0, 0.5f}), "holds 0.5 at index 1; expected whole numbers");
  expect_y(npy_file<std::int64_t>("<i8", "(2,)", {0, -1}),
           "has label -1 at index 1; classes are numbered from 0");
  folder.write("test_y.npy", labels(2));
  const auto expect_x = [&](const std::string& bytes, const std::string& message) {
    folder.write("test_x.npy", bytes);
    folder.expect_refusal(x + message);
  };
  expect_x(npy_file<float>("<f4", "(2,)", {0, 1}), "has shape 2; expected Nx<input>");
  expect_x(npy_file<float>("<f4", "(0, 3)", {}), "has shape 0x3: no values");
  expect_x(npy_file<float>("<f4", "(2, 2)", {std::numeric_limits<float>::quiet_NaN(), 1, 2, 3}),
           "holds nan in image 0");
  const Folder empty{};
  empty.expect_refusal("error: " + empty.where() +
                       ": there is no array test_x and test_y; there are no arrays at all; save "
                       "images as test_x and their class numbers as test_y");
  const Folder other{{"pixels.npy", images(2)}};
  other.expect_refusal("error: " + other.where() +
                       ": there is no array test_x and test_y; it holds pixels; save "
                       "images as test_x and their class numbers as test_y");
  test::expect_input_error([] { data::load("npy:/no/such", Part::Test); },
                           "error: data set npy in /no/such: there is no such directory");
  test::expect_input_error([] { data::load("npz:", Part::Test); },
                           "error: data set 'npz:' names no file after the colon");
  test::expect_input_error([] { data::load("npz:/no/such.npz", Part::Test); },
                           "error: no such file: '/no/such.npz'");
}

}  // namespace
}  // namespace phasecore
