// WAV files: RIFF, uncompressed 16-bit PCM, one channel.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace phasecore::data {

struct Wav {
  int rate_hz = 0;
  std::vector<std::int16_t> samples;
};

/// A WAV file's content. Throws InputError naming `file_name`: not a WAV file, several channels, another
/// encoding, a file that ends too early, no samples.
Wav parse_wav(std::string_view content, const std::string& file_name);

/// Samples of one that has to have the sampling rate `rate_hz`; any other is refused, too.
std::vector<std::int16_t> parse_wav(std::string_view content, int rate_hz, const std::string& file_name);

}  // namespace phasecore::data
