#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "models/data/formats.hpp"
#include "tests/models/data/image_writer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Part;

constexpr Part kParts[] = {Part::Training, Part::Calibration, Part::Validation, Part::Test};

/// Fifty training images and ten each for the other folders asked for. Image n is of colour (n, 100, 200), so
/// that it can be told apart; "person" where n is odd.
class Photographs {
 public:
  explicit Photographs(const std::vector<std::string>& folders) {
    int n = 0;
    for (const auto& folder : folders)
      for (int i = 0; i < (folder == "train" ? 50 : 10); ++i, ++n) {
        const std::string place = folder + (n % 2 == 1 ? "/person/" : "/nobody/");
        std::filesystem::create_directories(directory_ / place);
        const auto image = test::plain_image(20 + n, 30, static_cast<unsigned char>(n), 100, 200);
        write(place + std::to_string(n) + (n % 3 == 0 ? ".PNG" : ".png"), test::png_file(image));
      }
  }
  void write(const std::string& name, const std::string& bytes) {
    test::write_text(directory_ / name, bytes);
  }
  std::string path(const std::string& name) const { return directory_ / name; }
  std::string spec() const { return "visual-wake-words:" + directory_.path(); }
  std::string where() const { return "data set visual-wake-words in " + directory_.path(); }
  void expect_refusal(const std::string& message, Part part = Part::Test) const {
    test::expect_input_error([&] { data::load(spec(), part); }, message);
  }

 private:
  test::TempDirectory directory_;
};

int number_of(const data::Dataset& set, int i) {
  const double pixel = set.images[static_cast<std::size_t>(i) * 3 * 9216] * 0.229 + 0.485;
  return static_cast<int>(pixel * 255 + 0.5);
}

TEST(VisualWakeWords, FoldersAreTheParts) {
  const Photographs photographs({"train", "validation", "test"});
  const std::map<Part, int> sizes{
      {Part::Training, 45}, {Part::Calibration, 5}, {Part::Validation, 10}, {Part::Test, 10}};
  std::set<int> seen;
  for (const auto& [part, size] : sizes) {
    const data::Dataset set = data::load(photographs.spec(), part);
    ASSERT_EQ(set.size(), size) << data::name_of(part);
    EXPECT_EQ(set.shape, (graph::Shape{3, 96, 96}));
    EXPECT_EQ(set.classes, 2);
    for (int i = 0; i < size; ++i) {
      const int n = number_of(set, i);
      EXPECT_TRUE(seen.insert(n).second) << n << " is in two parts";
      EXPECT_EQ(set.labels[i], n % 2);  // nobody, person
      const int folder = n < 50 ? 0 : n < 60 ? 1 : 2;
      EXPECT_EQ(folder, part == Part::Test ? 2 : part == Part::Validation ? 1 : 0);
      ASSERT_FLOAT_EQ(set.images[(i * 3 + 1) * 9216], static_cast<float>((100 / 255.0 - 0.456) / 0.224));
      ASSERT_FLOAT_EQ(set.images[(i * 3 + 3) * 9216 - 1], static_cast<float>((200 / 255.0 - 0.406) / 0.225));
    }
  }
  EXPECT_EQ(seen.size(), 70u);
}

TEST(VisualWakeWords, AValidationFolderAloneIsTheTestPart) {
  for (const std::string folder : {"validation", "test"}) {
    const Photographs photographs({"train", folder});
    std::set<int> seen;
    std::map<Part, int> sizes;
    for (Part part : kParts) {
      const data::Dataset set = data::load(photographs.spec(), part);
      sizes[part] = set.size();
      for (int i = 0; i < set.size(); ++i) {
        EXPECT_TRUE(seen.insert(number_of(set, i)).second);
        EXPECT_EQ(number_of(set, i) >= 50, part == Part::Test);
      }
    }
    EXPECT_EQ(sizes,
              (std::map<Part, int>{
                  {Part::Training, 40}, {Part::Calibration, 5}, {Part::Validation, 5}, {Part::Test, 10}}));
  }
}

TEST(VisualWakeWords, TheFirstImagesAreAFairSample) {
  const Photographs photographs({"train", "test"});
  const data::Dataset all = data::load(photographs.spec(), Part::Training);
  const data::Dataset few = data::load(photographs.spec(), Part::Training, 16);
  ASSERT_EQ(few.size(), 16);
  EXPECT_TRUE(std::equal(few.images.begin(), few.images.end(), all.images.begin()));
  // In order of class all would be of one; 3 to 13 of 16 is what a fair sample shows.
  EXPECT_NEAR(static_cast<double>(std::count(few.labels.begin(), few.labels.end(), 1)), 8, 5);
}

TEST(VisualWakeWords, ALabelFileReplacesFoldersOfClasses) {
  Photographs photographs({"train", "test"});
  const data::Dataset before = data::load(photographs.spec(), Part::Test);
  std::string list = "file,label\r\n";
  for (int n = 50; n < 60; ++n)
    list += std::string(n % 2 == 1 ? "person/" : "nobody/") + std::to_string(n) +
            (n % 3 == 0 ? ".PNG" : ".png") + (n % 2 == 1 ? ",person\n" : ",nobody\n");
  photographs.write("test/labels.csv", list);
  const data::Dataset after = data::load(photographs.spec(), Part::Test);
  EXPECT_EQ(after.images, before.images);
  EXPECT_EQ(after.labels, before.labels);
}

TEST(VisualWakeWords, EveryWrongLineOfALabelFileIsNamed) {
  Photographs photographs({"train", "test"});
  photographs.write("test/labels.csv",
                    "name,class\nperson/51.PNG\nperson/0.png,person\nnobody/50.png,cat\n"
                    "nobody/50.png,nobody\n");
  const std::string list = photographs.path("test/labels.csv");
  photographs.expect_refusal(list + ":1: error: the first line is 'name,class'; expected 'file,label'\n" +
                             list + ":2: error: 'person/51.PNG' is not of the form file,label\n" + list +
                             ":3: error: there is no image 'person/0.png'\n" + list +
                             ":5: error: 'nobody/50.png' has a label already\n" +
                             photographs.path("test/nobody/50.png") +
                             ": error: class 'cat' has no images in the folder 'train'");
}

TEST(VisualWakeWords, AbsentFoldersAndImagesAreNamed) {
  Photographs train({"train"});
  train.expect_refusal("error: " + train.where() +
                       ": expected beside the folder 'train' at least one of 'validation' and 'test'");
  std::filesystem::create_directories(train.path("test/person"));
  train.expect_refusal(train.path("test") + ": error: there are no images");
}

TEST(ImageFolders, ATestFolderAloneGivesATenthToCalibration) {
  const Photographs photographs({"test"});
  std::set<int> seen;
  for (const auto& [part, size] : std::map<Part, int>{{Part::Test, 9}, {Part::Calibration, 1}}) {
    const data::Dataset set = data::load(photographs.spec(), part);
    ASSERT_EQ(set.size(), size);
    EXPECT_EQ(set.made_by_rule,
              std::to_string(size) + " of the set's 10 test images, by a hash of their names");
    for (int i = 0; i < size; ++i) EXPECT_TRUE(seen.insert(number_of(set, i)).second);
  }
  for (const Part part : {Part::Training, Part::Validation})
    photographs.expect_refusal("error: " + photographs.where() + " has no " + data::name_of(part) +
                                   " part: there is no folder 'train'",
                               part);
}

/// Three classes of 8 images without sub-folders for parts; image n is of colour (n, 100, 200).
class Flowers {
 public:
  Flowers() {
    for (int n = 0; n < 24; ++n) {
      const std::string place = std::vector<std::string>{"aster", "lily", "rose"}[n % 3];
      std::filesystem::create_directories(directory_ / place);
      const auto image = test::plain_image(12, 10, static_cast<unsigned char>(n), 100, 200);
      write(place + "/" + std::to_string(n) + ".png", test::png_file(image));
    }
  }
  void write(const std::string& name, const std::string& bytes) {
    test::write_text(directory_ / name, bytes);
  }
  std::string path(const std::string& name) const { return directory_ / name; }
  std::string place() const { return directory_.path(); }
  std::string spec() const { return "images:" + place() + "/"; }

 private:
  test::TempDirectory directory_;
};

TEST(ImageFolders, FoldersOfClassesAloneAreForTesting) {
  const Flowers flowers;
  const data::Dataset test = data::load(flowers.spec(), Part::Test),
                      calibration = data::load(flowers.spec(), Part::Calibration);
  EXPECT_EQ(test.size(), 22);
  EXPECT_EQ(calibration.size(), 2);
  EXPECT_EQ(test.classes, 3);
  EXPECT_FALSE(test.classes_open);
  EXPECT_EQ(test.name, "images:" + std::filesystem::path(flowers.place()).filename().string());
  EXPECT_EQ(test.shape, (graph::Shape{3, 12, 10}));  // of the images, where no network says otherwise
  std::set<int> seen;
  for (const data::Dataset* set : {&test, &calibration})
    for (int i = 0; i < set->size(); ++i) {
      const int n = static_cast<int>((set->images[i * 360] * 0.229 + 0.485) * 255 + 0.5);
      EXPECT_EQ(set->labels[i], n % 3);
      seen.insert(n);
    }
  EXPECT_EQ(seen.size(), 24u);
}

TEST(ImageFolders, AListOfLabelsReplacesTheFolders) {
  Flowers flowers;
  const data::Dataset before = data::load(flowers.spec(), Part::Test);
  std::string list = "file,label\n";
  for (int n = 0; n < 24; ++n)
    list += std::vector<std::string>{"aster", "lily", "rose"}[n % 3] + "/" + std::to_string(n) + ".png," +
            (n % 2 == 0 ? "even\n" : "odd\n");
  flowers.write("labels.csv", list);
  const data::Dataset after = data::load(flowers.spec(), Part::Test);
  EXPECT_EQ(after.images, before.images);
  EXPECT_EQ(after.classes, 2);
}

TEST(ImageFolders, ImagesAreOfTheSizeAndColoursThatTheNetworkReads) {
  const Flowers flowers;
  data::Reading reading;
  reading.shape = graph::Shape{3, 6, 5};
  EXPECT_EQ(data::load(flowers.spec(), Part::Test, 0, reading).shape, *reading.shape);
  reading.shape = graph::Shape{1, 6, 5};
  reading.normalisation = data::parse_normalisation("0:1", "--normalise");
  const data::Dataset grey = data::load(flowers.spec(), Part::Test, 1, reading);
  EXPECT_EQ(grey.shape, *reading.shape);
  const Flowers one;
  for (const auto& folder : {"aster", "lily", "rose"})
    for (const auto& file : std::filesystem::directory_iterator(one.path(folder)))
      test::write_text(file.path(), test::png_file(test::plain_image(12, 10, 200, 100, 50)));
  const data::Dataset same = data::load(one.spec(), Part::Test, 1, reading);
  // 0.299 R + 0.587 G + 0.114 B, as every image library has it.
  EXPECT_EQ(same.images, std::vector<float>(30, static_cast<float>(124 / 255.0)));
}

TEST(ImageFolders, AFolderOfNothingIsRefused) {
  const test::TempDirectory place;
  test::expect_input_error(
      [&] { data::load("images:" + place.path(), Part::Test); },
      place.path() +
          "/: error: images of 0 classes; expected 2 or more, each a folder of JPEG and PNG "
          "images, or a labels.csv");
}

TEST(ImageFolders, AFolderThatIsNotThereIsRefused) {
  test::expect_input_error([] { data::load("images:/no/such/place", Part::Test); },
                           "error: data set images in /no/such/place: there is no such directory");
}

TEST(VisualWakeWords, OneClassAndTooFewImagesAreRefused) {
  Photographs photographs({"train", "test"});
  for (const auto& file : std::filesystem::directory_iterator(photographs.path("train/person")))
    if (file.path().stem() != "1") std::filesystem::remove(file.path());
  int kept = 0;
  for (const auto& file : std::filesystem::directory_iterator(photographs.path("train/nobody")))
    if (++kept > 18) std::filesystem::remove(file.path());
  photographs.expect_refusal(
      "error: " + photographs.where() +
          ": the folder 'train' has 19 images; at least 20 are needed to cut off other parts",
      Part::Training);
  std::filesystem::remove_all(photographs.path("train/person"));
  const std::string message = test::input_error([&] { data::load(photographs.spec(), Part::Test); });
  EXPECT_EQ(
      message.rfind(photographs.path("train") + ": error: images of 1 classes; expected 2 or more, each a "
                                                "folder of JPEG and PNG images, or a labels.csv\n",
                    0),
      0u)
      << message;
}

TEST(VisualWakeWords, EveryBrokenImageIsNamed) {
  Photographs photographs({"train", "test"});
  photographs.write("test/person/51.PNG", "GIF89a");
  photographs.write("test/person/53.png", test::jpeg_file(test::plain_image(90, 90, 1, 2, 3)).substr(0, 300));
  const std::string message = test::input_error([&] { data::load(photographs.spec(), Part::Test); });
  EXPECT_NE(message.find(photographs.path("test/person/51.PNG") + ": error: neither a JPEG nor a PNG file"),
            std::string::npos)
      << message;
  EXPECT_NE(message.find(photographs.path("test/person/53.png") + ": error: damaged JPEG file: "),
            std::string::npos)
      << message;
}

}  // namespace
}  // namespace phasecore
