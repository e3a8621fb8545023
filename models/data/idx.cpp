#include "models/data/idx.hpp"

#include <algorithm>
#include <cstdint>

#include "common/diagnostics.hpp"

namespace phasecore::data {
namespace {

/// Third byte of the magic number; the fourth counts dimensions.
constexpr std::uint32_t kUnsignedBytes = 0x08;
/// Values that are read at once where nobody wants them.
constexpr std::size_t kPiece = 4096;

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

IdxReader::IdxReader(const std::string& path, int dimensions) : path_(path), file_(path) {
  std::string header(4 + 4 * static_cast<std::size_t>(dimensions), '\0');
  const std::size_t held = file_.read(header.data(), header.size());
  if (held < header.size())
    refuse("the file has " + std::to_string(held) + " bytes; an IDX header of " + std::to_string(dimensions) +
           " dimensions has " + std::to_string(header.size()));
  const std::uint32_t magic = big_endian(header, 0);
  const std::uint32_t expected = kUnsignedBytes << 8 | static_cast<std::uint32_t>(dimensions);
  if (magic != expected)
    refuse("magic number " + std::to_string(magic) + "; an IDX file of unsigned bytes with " +
           std::to_string(dimensions) + " dimensions has " + std::to_string(expected));
  for (int d = 0; d < dimensions; ++d) {
    const std::uint32_t extent = big_endian(header, 4 + 4 * static_cast<std::size_t>(d));
    if (extent == 0) refuse("dimension " + std::to_string(d) + " is 0");
    // Three dimensions of 2^20 still fit 64 bits.
    if (extent > 1u << 20)
      refuse("dimension " + std::to_string(d) + " is " + std::to_string(extent) + "; at most 1048576");
    extents_.push_back(static_cast<int>(extent));
    announced_ *= extent;
  }
  // Callers make room for what is announced.
  if (announced_ > file_.most_bytes()) refuse_size(count_rest());
}

void IdxReader::read(unsigned char* out, std::size_t count) {
  const std::size_t got = file_.read(reinterpret_cast<char*>(out), count);
  taken_ += got;
  if (got < count) refuse_size(taken_);
}

void IdxReader::skip(std::size_t count) {
  unsigned char skipped[kPiece];
  for (; count > 0; count -= std::min(count, kPiece)) read(skipped, std::min(count, kPiece));
}

void IdxReader::finish() {
  const unsigned long long held = taken_ + count_rest();
  if (held != announced_) refuse_size(held);
}

unsigned long long IdxReader::count_rest() {
  char rest[kPiece];
  unsigned long long count = 0;
  while (const std::size_t got = file_.read(rest, kPiece)) count += got;
  return count;
}

void IdxReader::refuse(const std::string& what) {
  (void)count_rest();  // of a damaged archive only the damage is told
  throw common::InputError({common::Diagnostic{common::Location{path_, 0, 0}, what}});
}

void IdxReader::refuse_size(unsigned long long held) {
  refuse("holds " + std::to_string(held) + " values; its header announces " + std::to_string(announced_));
}

}  // namespace phasecore::data
