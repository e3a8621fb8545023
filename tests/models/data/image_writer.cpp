#include "tests/models/data/image_writer.hpp"

// jpeglib.h needs size_t and FILE declared before it.
#include <jpeglib.h>
#include <png.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include "common/diagnostics.hpp"

namespace phasecore::test {
namespace {

std::string compress(const unsigned char* bytes, int height, int width, int channels) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &out, &size);
  info.image_height = static_cast<JDIMENSION>(height);
  info.image_width = static_cast<JDIMENSION>(width);
  info.input_components = channels;
  info.in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 95, TRUE);
  jpeg_start_compress(&info, TRUE);
  for (int y = 0; y < height; ++y) {
    auto* row = const_cast<unsigned char*>(bytes) + static_cast<std::ptrdiff_t>(y) * width * channels;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string file(reinterpret_cast<char*>(out), size);
  std::free(out);
  return file;
}

}  // namespace

std::string jpeg_file(const data::Image& image) {
  return compress(image.bytes.data(), image.height, image.width, 3);
}

std::string grey_jpeg_file(int height, int width, unsigned char value) {
  const std::vector<unsigned char> bytes(static_cast<std::size_t>(height) * width, value);
  return compress(bytes.data(), height, width, 1);
}

std::string png_file(const data::Image& image) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.format = PNG_FORMAT_RGB;
  png.height = static_cast<png_uint_32>(image.height);
  png.width = static_cast<png_uint_32>(image.width);
  png_alloc_size_t size = 0;
  common::ensure(png_image_write_to_memory(&png, nullptr, &size, 0, image.bytes.data(), 0, nullptr) != 0,
                 png.message);
  std::string file(size, '\0');
  common::ensure(png_image_write_to_memory(&png, file.data(), &size, 0, image.bytes.data(), 0, nullptr) != 0,
                 png.message);
  file.resize(size);
  return file;
}

data::Image plain_image(int height, int width, unsigned char red, unsigned char green, unsigned char blue) {
  data::Image image{height, width, {}};
  for (int i = 0; i < height * width; ++i)
    for (unsigned char v : {red, green, blue}) image.bytes.push_back(v);
  return image;
}

}  // namespace phasecore::test
