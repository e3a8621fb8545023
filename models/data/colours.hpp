// Normalisation of RGB pixels.
#pragma once

#include <array>

namespace phasecore::data {

/// byte / 255 less the mean, over the deviation, for each channel and byte.
class ColourScale {
 public:
  ColourScale(const std::array<double, 3>& mean, const std::array<double, 3>& deviation) {
    for (int c = 0; c < 3; ++c)
      for (int v = 0; v < 256; ++v) table_[c][v] = static_cast<float>((v / 255.0 - mean[c]) / deviation[c]);
  }
  float operator()(int channel, unsigned char byte) const { return table_[channel][byte]; }

 private:
  std::array<std::array<float, 256>, 3> table_{};
};

}  // namespace phasecore::data
