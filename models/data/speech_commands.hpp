// Which clips of Speech Commands belong to which part and class, without reading a sound.
#pragma once

#include <string>
#include <vector>

#include "models/data/formats.hpp"

namespace phasecore::data {

/// Classes: the ten keywords in the order of `kKeywords` (alphabetical, as MLPerf Tiny's models have them),
/// then silence, then unknown.
extern const std::vector<std::string> kKeywords;
constexpr int kSilence = 10, kUnknown = 11, kSpeechClasses = 12;

/// One example: a clip "word/speaker_nohash_0.wav", or the n-th stretch of silence (`file` is then empty).
struct Clip {
  std::string file;
  int label = 0;
  int silence = 0;
};

/// The clips of a part in their fixed shuffled order. The lists of the data set decide what is validation and
/// test; whole speakers are taken from training for calibration. As in Warden (arXiv 1804.03209) silence and
/// unknown words are each a tenth of the keyword clips' number, rounded up. Throws InputError with everything
/// that is wrong with folders and lists.
std::vector<Clip> clips_of(const Request& request);

}  // namespace phasecore::data
