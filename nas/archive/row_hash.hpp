// Hashes by which an archive knows its own rows again. They find damage, not forgery. Inside nas/archive
// only.
#pragma once

#include <string>

namespace phasecore::archive {

/// Collects the fields of one row; equal hashes mean equal fields in the same order.
class RowHash {
 public:
  RowHash& add(const std::string& text);
  RowHash& add(long long number);
  RowHash& add(double number);
  /// Lower-case hexadecimal SHA-256.
  std::string hex() const;

 private:
  std::string fields_;
};

/// Of a set of rows, in whatever order they came: the bitwise sum of their hashes and how many there are. A
/// row that is missing, or there twice, shows.
class SetHash {
 public:
  void add(const std::string& row_hash) { count(row_hash, 1); }
  void remove(const std::string& row_hash) { count(row_hash, -1); }
  long long rows() const { return rows_; }
  bool operator!=(const SetHash& other) const { return sum_ != other.sum_ || rows_ != other.rows_; }
  /// Of the sum and the number.
  std::string hex() const;

 private:
  void count(const std::string& row_hash, long long rows);

  std::string sum_ = std::string(64, '0');
  long long rows_ = 0;
};

}  // namespace phasecore::archive
