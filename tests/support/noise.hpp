// Bytes that do not compress.
#pragma once

#include <cstdint>
#include <string>

namespace phasecore::test {

/// The same for each size.
inline std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 7;
  for (char& c : bytes) c = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return bytes;
}

}  // namespace phasecore::test
