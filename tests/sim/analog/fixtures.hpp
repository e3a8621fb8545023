// What the tests of sim/analog share: devices, tables of reference figures, keyed random inputs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/config/device.hpp"

namespace phasecore::test {

/// A table with a header line and "#" comments; columns by name. Plain or gzip. Fails by InputError.
class ReferenceTable {
 public:
  /// `name` below tests/data/aihwkit.
  explicit ReferenceTable(const std::string& name);
  std::size_t rows() const { return rows_; }
  /// Numbers of a column; an empty cell is a NaN.
  const std::vector<double>& operator[](const std::string& column) const;
  std::vector<float> floats(const std::string& column) const;
  const std::vector<std::string>& text(const std::string& column) const;

 private:
  std::size_t rows_ = 0;
  std::map<std::string, std::vector<double>> numbers_;
  std::map<std::string, std::vector<std::string>> texts_;
};

/// A matrix without header, row-major; checks its size.
std::vector<float> reference_matrix(const std::string& name, std::size_t rows, std::size_t cols);

/// The recorded 256 x 256 weights and 64 vectors, which `phasecore validate` reads, too.
std::vector<float> reference_weights();
std::vector<float> reference_inputs();

/// A whole reference file, plain or gzip.
std::string reference_text(const std::string& name);

/// Devices of the reference figures: "pcm" is pcm-90nm, "hermes2" is hermes-2.
config::Device reference_device(const std::string& name);

/// Keyed numbers for inputs of tests.
std::vector<float> normals(std::uint32_t stream, std::size_t n);
std::vector<std::int8_t> int8_codes(std::uint32_t stream, std::size_t n, int largest);

}  // namespace phasecore::test
