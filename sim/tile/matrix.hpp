// A matrix of the user's, or a random one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace phasecore::tile {

struct Matrix {
  int rows = 0, cols = 0;
  std::vector<float> values;  ///< row-major
  std::string source;         ///< the file, or how it was drawn
};

/// A two-dimensional array, or one row; .npy, or text of one row per line (.csv, .csv.gz): numbers between
/// commas, lines that begin with # are comments. Throws InputError with all that is wrong, line by line:
/// another suffix, no number, not finite, rows of several lengths.
Matrix read_matrix(const std::string& path);

/// Weights, normal with a standard deviation of a quarter of the largest, which is 1.
Matrix random_weights(std::uint64_t seed, int outputs, int inputs);
/// Vectors, uniform between -1 and 1.
Matrix random_inputs(std::uint64_t seed, int vectors, int inputs);

float largest_magnitude(const Matrix& matrix);

}  // namespace phasecore::tile
