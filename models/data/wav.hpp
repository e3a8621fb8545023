// WAV files: RIFF, uncompressed 16-bit PCM, one channel.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace phasecore::data {

/// Samples of a WAV file's content. Throws InputError naming `file_name`: not a WAV file, a sampling rate
/// other than `rate_hz`, several channels, another encoding, a file that ends too early, no samples.
std::vector<std::int16_t> parse_wav(std::string_view content, int rate_hz, const std::string& file_name);

}  // namespace phasecore::data
