#include "sim/tile/matrix.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

#include "common/diagnostics.hpp"
#include "common/gzip.hpp"
#include "common/npy.hpp"
#include "common/random.hpp"

namespace phasecore::tile {
namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 26;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

/// Reads the rows of a text one after the other.
class CsvMatrix {
 public:
  explicit CsvMatrix(const std::string& path) : path_(path) {
    const std::string text = common::read_gzip(path);
    int line = 0;
    for (std::size_t begin = 0; begin < text.size(); ++line) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view row = std::string_view(text).substr(begin, end - begin);
      begin = end + 1;
      if (const std::string_view content = trimmed(row); !content.empty() && content[0] != '#')
        read_row(row, line + 1);
    }
    if (problems_.empty() && matrix_.rows == 0) problems_.add({path, 0, 0}, "holds no numbers");
    problems_.raise_if_any();
  }

  Matrix take() { return std::move(matrix_); }

 private:
  void read_row(std::string_view row, int line) {
    int cells = 0;
    for (std::size_t begin = 0; begin <= row.size(); ++cells) {
      const std::size_t end = std::min(row.find(',', begin), row.size());
      read_cell(trimmed(row.substr(begin, end - begin)), {path_, line, static_cast<int>(begin) + 1});
      begin = end + 1;
    }
    if (matrix_.rows++ == 0) matrix_.cols = cells;
    if (cells != matrix_.cols)
      problems_.add({path_, line, 1},
                    fmt::format("a row of {} numbers; the first row has {}", cells, matrix_.cols));
  }

  static std::string shortened(std::string_view cell) {
    constexpr std::size_t kMost = 40;
    return std::string(cell.substr(0, kMost)) + (cell.size() > kMost ? "..." : "");
  }

  void read_cell(std::string_view cell, const common::Location& where) {
    float value = 0;
    const auto [rest, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (cell.empty() || error != std::errc{} || rest != cell.data() + cell.size() || !std::isfinite(value))
      problems_.add(where, fmt::format("'{}' is not a finite number of 32 bits", shortened(cell)));
    matrix_.values.push_back(value);
  }

  std::string path_;
  Matrix matrix_;
  common::Diagnostics problems_;
};

Matrix read_array(const std::string& path) {
  common::NpyArray array = common::read_npy(path);
  if (array.shape.size() != 1 && array.shape.size() != 2)
    throw common::InputError(fmt::format("{} has {} dimensions; expected is a matrix of 2, or one row of 1",
                                         path, array.shape.size()));
  for (std::size_t i = 0; i < array.values.size(); ++i)
    if (!std::isfinite(array.values[i]))
      throw common::InputError(fmt::format("{} holds {} at index {}", path, array.values[i], i));
  if (array.values.empty()) throw common::InputError(path + " holds no numbers");
  Matrix matrix;
  matrix.cols = static_cast<int>(array.shape.back());
  matrix.rows = static_cast<int>(array.values.size()) / matrix.cols;
  matrix.values = std::move(array.values);
  return matrix;
}

common::RandomKey key_of(std::uint64_t seed, const char* what) {
  return {seed, common::Purpose::RandomWeights, 0, common::stable_hash(what)};
}

}  // namespace

Matrix read_matrix(const std::string& path) {
  Matrix matrix;
  if (ends_with(path, ".npy"))
    matrix = read_array(path);
  else if (ends_with(path, ".csv") || ends_with(path, ".csv.gz"))
    matrix = CsvMatrix(path).take();
  else
    throw common::InputError("'" + path + "' is no matrix: its name ends in none of .npy, .csv, .csv.gz");
  if (matrix.values.size() > kMostValues)
    throw common::InputError(
        fmt::format("{} holds {} x {} numbers; allowed are {}", path, matrix.rows, matrix.cols, kMostValues));
  matrix.source = path;
  return matrix;
}

float largest_magnitude(const Matrix& matrix) {
  float largest = 0;
  for (const float value : matrix.values) largest = std::max(largest, std::fabs(value));
  return largest;
}

Matrix random_weights(std::uint64_t seed, int outputs, int inputs) {
  constexpr float kDeviation = 0.25f;
  Matrix w{outputs, inputs, {}, fmt::format("random, seed {}", seed)};
  w.values.resize(static_cast<std::size_t>(outputs) * static_cast<std::size_t>(inputs));
  common::fill_normal(key_of(seed, "weights"), 0, 0, 0, w.values.size(), w.values.data());
  for (float& value : w.values) value = std::min(std::max(kDeviation * value, -1.0f), 1.0f);
  const float largest = largest_magnitude(w);
  for (float& value : w.values) value = largest > 0 ? value / largest : value;
  return w;
}

Matrix random_inputs(std::uint64_t seed, int vectors, int inputs) {
  Matrix x{vectors, inputs, {}, fmt::format("random, seed {}", seed)};
  x.values.resize(static_cast<std::size_t>(vectors) * static_cast<std::size_t>(inputs));
  common::fill_uniform(key_of(seed, "inputs"), 0, 0, 0, x.values.size(), x.values.data());
  for (float& value : x.values) value = 2 * value - 1;
  return x;
}

}  // namespace phasecore::tile
