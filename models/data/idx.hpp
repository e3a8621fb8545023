// The IDX format of MNIST and its relatives: big-endian magic, one 32-bit count per dimension, then unsigned
// bytes.
#pragma once

#include <string>
#include <vector>

#include "common/gzip.hpp"

namespace phasecore::data {

/// Reads an IDX file of unsigned bytes, gzipped or not, front to back. Throws InputError naming the file:
/// wrong magic number, a dimension of 0, sizes that do not fit.
class IdxReader {
 public:
  /// Reads the header.
  IdxReader(const std::string& path, int dimensions);

  /// {images, height, width} or {labels}
  const std::vector<int>& extents() const { return extents_; }
  /// The next values in C order.
  void read(unsigned char* out, std::size_t count);
  void skip(std::size_t count);
  /// The rest; refuses values that the header does not announce.
  void finish();

 private:
  unsigned long long count_rest();
  [[noreturn]] void refuse(const std::string& what);
  [[noreturn]] void refuse_size(unsigned long long held);

  std::string path_;
  common::GzipReader file_;
  std::vector<int> extents_;
  unsigned long long announced_ = 1, taken_ = 0;
};

}  // namespace phasecore::data
