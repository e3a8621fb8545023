// How values become what a network was trained on: (value - mean) / deviation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/graph/tensor.hpp"

namespace phasecore::data {

struct Normalisation {
  std::vector<double> mean, deviation;  ///< one for all channels, or one for each
  std::string from;  ///< who says so: "--normalise", "the model's metadata", "the set's own"

  /// `value` of a channel; channels beyond those named take the only pair there is.
  double operator()(double value, int channel) const {
    const std::size_t c = mean.size() == 1 ? 0 : static_cast<std::size_t>(channel);
    return (value - mean[c]) / deviation[c];
  }
};

/// "MEAN,..:STD,..", one number for all channels or one for each; `from` also names the text in messages.
/// Throws InputError with everything that is wrong.
Normalisation parse_normalisation(const std::string& text, const std::string& from);

/// The same from two lists: "0.5,0.5,0.5" and "0.25".
Normalisation parse_normalisation(const std::string& mean, const std::string& deviation,
                                  const std::string& from);

/// The same of a setting that may be absent.
std::optional<Normalisation> parse_if_given(const std::optional<std::string>& text, const std::string& from);

/// "MEAN,..:STD,..", which parse_normalisation() reads back.
std::string to_string(const Normalisation& normalisation);

/// Throws InputError unless there is one pair, or one for each channel of `what` ("images of 3x32x32").
void check_channels(const Normalisation& normalisation, int channels, const std::string& what);

/// Normalises values of images that stand one after the other; channels are the first axis. Throws as
/// check_channels() does.
void normalise(const Normalisation& normalisation, const graph::Shape& image, std::vector<float>& values);

/// Bytes of pixels, scaled to 0..1 and normalised, by a table.
class PixelScale {
 public:
  PixelScale(const Normalisation& normalisation, int channels);
  float operator()(int channel, unsigned char byte) const { return table_[256 * channel + byte]; }

 private:
  std::vector<float> table_;
};

}  // namespace phasecore::data
