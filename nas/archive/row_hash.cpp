#include "nas/archive/row_hash.hpp"

#include <cstdint>
#include <cstring>

#include "common/diagnostics.hpp"
#include "common/files.hpp"

namespace phasecore::archive {

RowHash& RowHash::add(const std::string& text) {
  fields_ += 't' + std::to_string(text.size()) + ':' + text;  // with its length: no two rows read the same
  return *this;
}

RowHash& RowHash::add(long long number) {
  fields_ += 'i' + std::to_string(number) + ';';
  return *this;
}

RowHash& RowHash::add(double number) {
  std::uint64_t bits = 0;
  static_assert(sizeof bits == sizeof number);
  std::memcpy(&bits, &number, sizeof bits);
  fields_ += 'r' + std::to_string(bits) + ';';
  return *this;
}

std::string RowHash::hex() const {
  return common::sha256(fields_);
}

std::string SetHash::hex() const {
  return RowHash().add(sum_).add(rows_).hex();
}

void SetHash::count(const std::string& row_hash, long long rows) {
  static const std::string kDigits = "0123456789abcdef";
  common::ensure(sum_.size() == row_hash.size(), "archive: hashes of different lengths");
  for (std::size_t i = 0; i < sum_.size(); ++i)
    sum_[i] = kDigits[kDigits.find(sum_[i]) ^ kDigits.find(row_hash[i])];
  rows_ += rows;
}

}  // namespace phasecore::archive
