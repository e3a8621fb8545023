// NumPy .npy, version 1.0, little-endian float32, float64, int8, uint8, int32, int64 in C order.
#pragma once

#include <string>
#include <vector>

namespace phasecore::common {

struct NpyArray {
  std::vector<long long> shape;
  std::vector<float> values;  ///< C order
};

/// Reads an array, converting to float32. Throws InputError (not .npy, Fortran order, unknown type,
/// truncated).
NpyArray read_npy(const std::string& path);

/// The array as .npy bytes (float32).
std::string npy_bytes(const NpyArray& array);

}  // namespace phasecore::common
