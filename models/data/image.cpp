#include "models/data/image.hpp"

// jpeglib.h needs size_t and FILE declared before it.
#include <jerror.h>
#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "common/diagnostics.hpp"

namespace phasecore::data {
namespace {

constexpr unsigned long long kLargest = 100'000'000;  // pixels; against files that expand without end

[[noreturn]] void refuse(const std::string& file_name, const std::string& what) {
  throw common::InputError({common::Diagnostic{common::Location{file_name, 0, 0}, what}});
}

struct JpegErrors {
  jpeg_error_mgr manager;  // first, so that libjpeg's pointer to it points to the whole
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void jpeg_error(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  errors->manager.format_message(info, errors->message);
  std::longjmp(errors->jump, 1);
}

/// libjpeg goes on with grey where data is missing or broken; such an image is refused here.
void jpeg_message(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER)) jpeg_error(info);
}

/// False with a message if the file is damaged. longjmp leaves only trivial objects behind here.
bool read_jpeg(std::string_view content, Image& image, jpeg_decompress_struct& info, JpegErrors& errors) {
  if (setjmp(errors.jump) != 0) return false;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(content.data()), content.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  info.dct_method = JDCT_ISLOW;  // the exact one
  if (1ull * info.image_width * info.image_height > kLargest) {
    std::strcpy(errors.message, "more than 100 million pixels");
    return false;
  }
  jpeg_start_decompress(&info);
  image.height = static_cast<int>(info.output_height);
  image.width = static_cast<int>(info.output_width);
  image.bytes.resize(std::size_t{3} * info.output_width * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = &image.bytes[std::size_t{3} * info.output_width * info.output_scanline];
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

Image decode_jpeg(std::string_view content, const std::string& file_name) {
  Image image;
  jpeg_decompress_struct info{};
  JpegErrors errors{};
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = jpeg_error;
  errors.manager.emit_message = jpeg_message;
  const bool whole = read_jpeg(content, image, info, errors);
  jpeg_destroy_decompress(&info);
  if (!whole) refuse(file_name, std::string("damaged JPEG file: ") + errors.message);
  return image;
}

Image decode_png(std::string_view content, const std::string& file_name) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  Image image;
  const png_color black{0, 0, 0};
  bool whole = png_image_begin_read_from_memory(&png, content.data(), content.size()) != 0;
  if (whole && 1ull * png.width * png.height > kLargest) {
    png_image_free(&png);
    refuse(file_name, "damaged PNG file: more than 100 million pixels");
  }
  if (whole) {
    png.format = PNG_FORMAT_RGB;
    image.height = static_cast<int>(png.height);
    image.width = static_cast<int>(png.width);
    image.bytes.resize(PNG_IMAGE_SIZE(png));
    whole = png_image_finish_read(&png, &black, image.bytes.data(), 0, nullptr) != 0;
  }
  const std::string message = png.message;
  png_image_free(&png);
  if (!whole) refuse(file_name, "damaged PNG file: " + message);
  return image;
}

/// What the old pixels [begin, begin + shares.size()) contribute to a new one; the shares add up to 1.
struct Cover {
  int begin;
  std::vector<double> shares;
};

std::vector<Cover> covers(int from, int to) {
  std::vector<Cover> all;
  for (int i = 0; i < to; ++i) {
    // In units of 1 / to of an old pixel, so that the edges are integers.
    const long long low = static_cast<long long>(i) * from, high = low + from;
    Cover cover{static_cast<int>(low / to), {}};
    for (long long p = low / to; p * to < high; ++p) {
      const long long shared = std::min(high, (p + 1) * to) - std::max(low, p * to);
      cover.shares.push_back(static_cast<double>(shared) / from);
    }
    all.push_back(std::move(cover));
  }
  return all;
}

}  // namespace

Image decode_image(std::string_view content, const std::string& file_name) {
  if (content.substr(0, 3) == "\xff\xd8\xff") return decode_jpeg(content, file_name);
  if (content.substr(0, 8) == "\x89PNG\r\n\x1a\n") return decode_png(content, file_name);
  refuse(file_name, "neither a JPEG nor a PNG file");
}

Image resize(const Image& image, int height, int width) {
  if (image.height == height && image.width == width) return image;
  const auto rows = covers(image.height, height), columns = covers(image.width, width);
  Image small{height, width, {}};
  small.bytes.reserve(std::size_t{3} * height * width);
  for (const Cover& row : rows)
    for (const Cover& column : columns)
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        for (std::size_t y = 0; y < row.shares.size(); ++y)
          for (std::size_t x = 0; x < column.shares.size(); ++x)
            sum += row.shares[y] * column.shares[x] *
                   image.bytes[((row.begin + y) * image.width + column.begin + x) * 3 + c];
        small.bytes.push_back(
            static_cast<unsigned char>(sum + 0.5));  // NOLINT(bugprone-incorrect-roundings): 0 to 255
      }
  return small;
}

}  // namespace phasecore::data
