// JPEG and PNG files to RGB pixels of one size.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace phasecore::data {

/// Pixels in rows, three bytes (red, green, blue) each.
struct Image {
  int height = 0, width = 0;
  std::vector<unsigned char> bytes;
};

/// Decodes a JPEG or PNG file's content, whichever it is; grey becomes RGB, transparent parts black. Throws
/// InputError naming `file_name` for anything else, a damaged file, or more than 100 million pixels.
Image decode_image(std::string_view content, const std::string& file_name);

/// Each new pixel is the average of the area it covers in the old image, which is stretched to fit.
Image resize(const Image& image, int height, int width);

}  // namespace phasecore::data
