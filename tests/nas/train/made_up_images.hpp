// A small data set in the MNIST format, for whole training runs.
#pragma once

#include <random>
#include <string>

#include "tests/support/support.hpp"

namespace phasecore::test {

inline std::string big_endian(unsigned value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

/// Square images, 8 pixels wide or wider: class c has a bright rectangle at a place of its own, amid noise.
inline void write_images(const std::string& directory, const std::string& prefix, unsigned count,
                         unsigned side) {
  std::string images = big_endian(2051) + big_endian(count) + big_endian(side) + big_endian(side);
  std::string labels = big_endian(2049) + big_endian(count);
  std::mt19937 engine(count);
  for (unsigned i = 0; i < count; ++i) {
    const unsigned label = engine() % 10;
    labels += static_cast<char>(label);
    for (unsigned y = 0; y < side; ++y)
      for (unsigned x = 0; x < side; ++x) {
        const bool bright = y * 8 / side / 3 == label / 4 && x * 8 / side / 2 == label % 4;
        images += static_cast<char>(engine() % 100 + (bright ? 120 : 0));
      }
  }
  write_text(directory + "/" + prefix + "-images-idx3-ubyte", images);
  write_text(directory + "/" + prefix + "-labels-idx1-ubyte", labels);
}

}  // namespace phasecore::test
