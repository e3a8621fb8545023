#include "models/data/wav.hpp"

#include <cstddef>
#include <limits>
#include <optional>

#include "common/diagnostics.hpp"

namespace phasecore::data {
namespace {

constexpr unsigned kPcm = 1;

unsigned little_endian(std::string_view bytes, std::size_t at, int count) {
  unsigned value = 0;
  for (int i = count - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

[[noreturn]] void refuse(const std::string& file_name, const std::string& what) {
  throw common::InputError({common::Diagnostic{common::Location{file_name, 0, 0}, what}});
}

/// Returns the sampling rate.
int check_format(std::string_view chunk, std::optional<int> rate_hz, const std::string& file_name) {
  if (chunk.size() < 16) refuse(file_name, "its 'fmt ' chunk is too short");
  const unsigned encoding = little_endian(chunk, 0, 2), channels = little_endian(chunk, 2, 2),
                 rate = little_endian(chunk, 4, 4), bits = little_endian(chunk, 14, 2);
  if (encoding != kPcm || bits != 16)
    refuse(file_name, "encoding " + std::to_string(encoding) + " with " + std::to_string(bits) +
                          " bits; only 16-bit PCM (encoding 1) is read");
  if (channels != 1) refuse(file_name, std::to_string(channels) + " channels; expected 1");
  if (rate_hz && rate != static_cast<unsigned>(*rate_hz))
    refuse(file_name, std::to_string(rate) + " samples per second; expected " + std::to_string(*rate_hz));
  if (rate == 0 || rate > static_cast<unsigned>(std::numeric_limits<int>::max()))
    refuse(file_name, std::to_string(rate) + " samples per second");
  return static_cast<int>(rate);
}

Wav parse(std::string_view content, std::optional<int> rate_hz, const std::string& file_name) {
  if (content.size() < 12 || content.substr(0, 4) != "RIFF" || content.substr(8, 4) != "WAVE")
    refuse(file_name, "not a WAV file (RIFF, WAVE)");
  Wav wav;
  for (std::size_t at = 12; at + 8 <= content.size();) {
    const std::string_view id = content.substr(at, 4);
    const std::size_t size = little_endian(content, at + 4, 4);
    at += 8;
    if (size > content.size() - at)
      refuse(file_name, "its '" + std::string(id) + "' chunk announces " + std::to_string(size) +
                            " bytes, but " + std::to_string(content.size() - at) + " follow");
    if (id == "fmt ") {
      wav.rate_hz = check_format(content.substr(at, size), rate_hz, file_name);
    } else if (id == "data") {
      if (wav.rate_hz == 0) refuse(file_name, "its 'data' chunk comes before a 'fmt ' chunk");
      if (size < 2 || size % 2 != 0)
        refuse(file_name, "its 'data' chunk has " + std::to_string(size) +
                              " bytes; expected a positive number of 2-byte samples");
      wav.samples.resize(size / 2);
      for (std::size_t i = 0; i < wav.samples.size(); ++i)
        wav.samples[i] = static_cast<std::int16_t>(little_endian(content, at + 2 * i, 2));
      return wav;
    }
    at += size + size % 2;  // chunks are padded to even sizes
  }
  refuse(file_name, "it has no 'data' chunk");
}

}  // namespace

Wav parse_wav(std::string_view content, const std::string& file_name) {
  return parse(content, std::nullopt, file_name);
}

std::vector<std::int16_t> parse_wav(std::string_view content, int rate_hz, const std::string& file_name) {
  return parse(content, rate_hz, file_name).samples;
}

}  // namespace phasecore::data
