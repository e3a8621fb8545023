// The IDX format of MNIST and its relatives: big-endian magic, one 32-bit count per dimension, then unsigned
// bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace phasecore::data {

struct Idx {
  std::vector<int> extents;  ///< {images, height, width} or {labels}
  std::string bytes;         ///< values in C order
};

/// Parses the content of an IDX file of unsigned bytes with `dimensions` dimensions. Throws InputError naming
/// `file_name`: wrong magic number, a dimension of 0, sizes that do not fit.
Idx parse_idx(std::string content, int dimensions, const std::string& file_name);

}  // namespace phasecore::data
