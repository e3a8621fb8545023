#include "models/data/image.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/models/data/image_writer.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using data::Image;

Image smooth(int height, int width) {
  Image image{height, width, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.bytes.push_back(
            static_cast<unsigned char>(125 + 60 * std::sin(0.1 * y + c) + 60 * std::cos(0.07 * x)));
  return image;
}

TEST(ImageFiles, PngPixelsAreExact) {
  const Image image = smooth(17, 31);
  const Image read = data::decode_image(test::png_file(image), "a.png");
  EXPECT_EQ(read.height, 17);
  EXPECT_EQ(read.width, 31);
  EXPECT_EQ(read.bytes, image.bytes);
}

TEST(ImageFiles, JpegPixelsAreThoseWrittenUpToCompression) {
  const Image image = smooth(50, 70);
  const Image read = data::decode_image(test::jpeg_file(image), "a.jpg");
  ASSERT_EQ(read.height, 50);
  ASSERT_EQ(read.width, 70);
  double squares = 0;
  for (std::size_t i = 0; i < image.bytes.size(); ++i) {
    const double error = double{1} * read.bytes[i] - image.bytes[i];
    squares += error * error;
  }
  // Quality 95 keeps a smooth picture within 3 of 255, root mean square.
  EXPECT_LT(std::sqrt(squares / static_cast<double>(image.bytes.size())), 3);
}

TEST(ImageFiles, GreyJpegBecomesRgb) {
  const Image read = data::decode_image(test::grey_jpeg_file(8, 8, 90), "a.jpg");
  ASSERT_EQ(read.bytes.size(), 192u);
  for (unsigned char v : read.bytes) EXPECT_NEAR(v, 90, 1);
}

TEST(ImageFiles, OtherAndDamagedFilesAreRefused) {
  const auto refusal = [](const std::string& bytes) {
    return test::input_error([&] { data::decode_image(bytes, "a"); });
  };
  EXPECT_EQ(refusal(""), "a: error: neither a JPEG nor a PNG file");
  EXPECT_EQ(refusal("GIF89a..."), "a: error: neither a JPEG nor a PNG file");
  const std::string jpeg = test::jpeg_file(smooth(60, 60)), png = test::png_file(smooth(60, 60));
  EXPECT_EQ(refusal(jpeg.substr(0, jpeg.size() / 2)),
            "a: error: damaged JPEG file: Premature end of JPEG file");
  EXPECT_EQ(refusal(jpeg.substr(0, 100)).substr(0, 32), "a: error: damaged JPEG file: Pre");
  EXPECT_EQ(refusal(png.substr(0, png.size() / 2)).substr(0, 28), "a: error: damaged PNG file: ");
  std::string flipped = png;
  flipped[png.size() / 2] = static_cast<char>(flipped[png.size() / 2] ^ 1);
  EXPECT_EQ(refusal(flipped).substr(0, 28), "a: error: damaged PNG file: ");
}

TEST(ImageFiles, APngOfHugeSizeIsRefusedBeforeItIsRead) {
  std::string png = test::png_file(smooth(10, 10));
  png[18] = png[22] = '\x4e';  // 19,968 and more pixels in both directions; the checksum is wrong, too
  EXPECT_EQ(test::input_error([&] { data::decode_image(png, "a"); }).substr(0, 28),
            "a: error: damaged PNG file: ");
}

TEST(ImageSize, ShrinkingByWholeNumbersAveragesBlocks) {
  Image image{4, 6, {}};
  std::mt19937 engine(1);
  for (int i = 0; i < 4 * 6 * 3; ++i) image.bytes.push_back(static_cast<unsigned char>(engine() % 256));
  const Image small = data::resize(image, 2, 2);
  ASSERT_EQ(small.bytes.size(), 12u);
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 2; ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int dy = 0; dy < 2; ++dy)
          for (int dx = 0; dx < 3; ++dx) sum += image.bytes[((2 * y + dy) * 6 + 3 * x + dx) * 3 + c];
        EXPECT_NEAR(small.bytes[(y * 2 + x) * 3 + c], sum / 6.0, 0.5 + 1e-9);
      }
}

TEST(ImageSize, FractionsOfPixelsCountByTheirArea) {
  const Image image{1, 3, {0, 0, 0, 90, 90, 90, 240, 240, 240}};
  const Image small = data::resize(image, 1, 2);  // each covers one and a half
  EXPECT_EQ(small.bytes[0], 30);                  // (0 + 90 / 2) / 1.5
  EXPECT_EQ(small.bytes[3], 190);                 // (90 / 2 + 240) / 1.5
}

TEST(ImageSize, EnlargingAndKeepingChangeNoColour) {
  const Image plain = test::plain_image(5, 7, 10, 20, 30);
  EXPECT_EQ(data::resize(plain, 96, 96).bytes, test::plain_image(96, 96, 10, 20, 30).bytes);
  const Image image = smooth(96, 96);
  EXPECT_EQ(data::resize(image, 96, 96).bytes, image.bytes);
  const Image larger = data::resize(image, 192, 192);
  EXPECT_EQ(data::resize(larger, 96, 96).bytes, image.bytes);
}

}  // namespace
}  // namespace phasecore
