#include "common/text.hpp"

#include <fmt/format.h>

namespace phasecore::common {
namespace {

/// The code point of the well-formed character of `length` bytes at the front of `text`.
unsigned code_point(std::string_view text, std::size_t length) {
  const unsigned first = static_cast<unsigned char>(text[0]);
  unsigned code = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  return code;
}

bool is_control(unsigned code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

/// Line separators, marks and overrides of the direction of writing, characters without width.
bool is_format(unsigned code) {
  constexpr unsigned kRanges[][2] = {{0x061C, 0x061C}, {0x200B, 0x200F}, {0x2028, 0x202E},
                                     {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}};
  for (const auto& range : kRanges)
    if (code >= range[0] && code <= range[1]) return true;
  return false;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (text.empty()) return 0;
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) > 0x9F;
  const bool too_large = first == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || too_large ? 0 : length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    const unsigned code = code_point(text, length);
    if (code == '\n')
      shown += "\\n";
    else if (code == '\t')
      shown += "\\t";
    else if (is_control(code))
      shown += fmt::format("\\x{:02x}", code);
    else if (is_format(code))
      shown += fmt::format("\\u{:04x}", code);
    else
      shown += text.substr(0, length);
    text.remove_prefix(length);
  }
  return shown;
}

}  // namespace phasecore::common
