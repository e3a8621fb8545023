// NumPy .npy, versions 1.0 to 3.0: little-endian floats, integers and booleans in C or Fortran order.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/files.hpp"

namespace phasecore::common {

struct NpyArray {
  std::vector<long long> shape;
  std::vector<float> values;  ///< C order
};

/// Reads an array front to back, holding no more of it than is asked for. Throws InputError that names the
/// array: not .npy, big-endian, no numbers, truncated, a value that the wanted type cannot hold.
class NpyReader {
 public:
  struct ElementType;
  /// Reads the header.
  explicit NpyReader(ByteStream stream);

  const std::vector<long long>& shape() const { return shape_; }
  /// Or booleans.
  bool holds_integers() const;

  // One of these, once.
  std::vector<float> values();
  /// Of whole numbers, whatever their type.
  std::vector<std::int64_t> integers();
  /// The chosen places of the first axis, in ascending order.
  std::vector<float> rows(const std::vector<long long>& wanted);

 private:
  /// The values in order, each with its place in C order.
  void read_all(const std::function<void(std::size_t place, const char* bytes)>& visit);
  float float_at(std::size_t index, const char* bytes) const;
  std::string take(std::size_t bytes);  ///< fewer where the stream ends
  std::string take_all(std::size_t bytes);
  [[noreturn]] void refuse(const std::string& why) const;

  ByteStream stream_;
  std::vector<long long> shape_;
  const ElementType* type_ = nullptr;
  bool fortran_ = false;
};

/// The array in a file. Throws InputError if there is none, EnvironmentError if it cannot be read.
NpyReader open_npy(const std::string& path);

/// All of it, as float32.
NpyArray read_npy(const std::string& path);

/// The array as .npy bytes (float32).
std::string npy_bytes(const NpyArray& array);
/// Whole numbers, one after the other, as .npy bytes (int64).
std::string npy_int64_bytes(const std::vector<std::int64_t>& numbers);

}  // namespace phasecore::common
