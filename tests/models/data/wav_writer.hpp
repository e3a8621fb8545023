// WAV files made by tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace phasecore::test {

inline std::string little_endian(unsigned value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xff);
  return text;
}

/// A chunk without the byte that pads odd sizes.
inline std::string wav_chunk(const std::string& id, const std::string& content) {
  return id + little_endian(static_cast<unsigned>(content.size()), 4) + content;
}

inline std::string wav_format(unsigned encoding, unsigned channels, unsigned rate, unsigned bits) {
  const unsigned frame = channels * bits / 8;
  return wav_chunk("fmt ", little_endian(encoding, 2) + little_endian(channels, 2) + little_endian(rate, 4) +
                               little_endian(rate * frame, 4) + little_endian(frame, 2) +
                               little_endian(bits, 2));
}

inline std::string wav_data(const std::vector<std::int16_t>& samples) {
  std::string bytes;
  for (std::int16_t s : samples) bytes += little_endian(static_cast<std::uint16_t>(s), 2);
  return wav_chunk("data", bytes);
}

inline std::string wav_file(const std::string& chunks) {
  return "RIFF" + little_endian(4 + static_cast<unsigned>(chunks.size()), 4) + "WAVE" + chunks;
}

/// 16 kHz, 16 bit, one channel: what the reader takes.
inline std::string wav_file(const std::vector<std::int16_t>& samples) {
  return wav_file(wav_format(1, 1, 16000, 16) + wav_data(samples));
}

}  // namespace phasecore::test
