#include "models/data/idx.hpp"

#include <utility>

#include "common/diagnostics.hpp"

namespace phasecore::data {
namespace {

constexpr std::uint32_t kUnsignedBytes =
    0x08;  ///< third byte of the magic number; the fourth counts dimensions

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

[[noreturn]] void refuse(const std::string& file_name, const std::string& what) {
  throw common::InputError({common::Diagnostic{common::Location{file_name, 0, 0}, what}});
}

}  // namespace

Idx parse_idx(std::string content, int dimensions, const std::string& file_name) {
  const std::size_t header = 4 + 4 * static_cast<std::size_t>(dimensions);
  if (content.size() < header)
    refuse(file_name, "the file has " + std::to_string(content.size()) + " bytes; an IDX header of " +
                          std::to_string(dimensions) + " dimensions has " + std::to_string(header));
  const std::uint32_t magic = big_endian(content, 0);
  const std::uint32_t expected = kUnsignedBytes << 8 | static_cast<std::uint32_t>(dimensions);
  if (magic != expected)
    refuse(file_name, "magic number " + std::to_string(magic) + "; an IDX file of unsigned bytes with " +
                          std::to_string(dimensions) + " dimensions has " + std::to_string(expected));
  Idx idx;
  unsigned long long expected_bytes = 1;
  for (int d = 0; d < dimensions; ++d) {
    const std::uint32_t extent = big_endian(content, 4 + 4 * static_cast<std::size_t>(d));
    if (extent == 0) refuse(file_name, "dimension " + std::to_string(d) + " is 0");
    // Three dimensions of 2^20 still fit 64 bits.
    if (extent > 1u << 20)
      refuse(file_name,
             "dimension " + std::to_string(d) + " is " + std::to_string(extent) + "; at most 1048576");
    idx.extents.push_back(static_cast<int>(extent));
    expected_bytes *= extent;
  }
  const std::size_t held = content.size() - header;
  if (held != expected_bytes)
    refuse(file_name, "holds " + std::to_string(held) + " values; its header announces " +
                          std::to_string(expected_bytes));
  content.erase(0, header);
  idx.bytes = std::move(content);
  return idx;
}

}  // namespace phasecore::data
