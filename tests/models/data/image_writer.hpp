// JPEG and PNG files made by tests.
#pragma once

#include <string>

#include "models/data/image.hpp"

namespace phasecore::test {

/// Both ready to be written to a file. JPEG at quality 95.
std::string jpeg_file(const data::Image& image);
std::string grey_jpeg_file(int height, int width, unsigned char value);
std::string png_file(const data::Image& image);

/// One colour.
data::Image plain_image(int height, int width, unsigned char red, unsigned char green, unsigned char blue);

}  // namespace phasecore::test
