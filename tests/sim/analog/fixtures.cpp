#include "tests/sim/analog/fixtures.hpp"

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "common/diagnostics.hpp"
#include "common/gzip.hpp"
#include "common/random.hpp"
#include "tests/support/support.hpp"

namespace phasecore::test {
namespace {

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  std::stringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) out.push_back(cell);
  return out;
}

double number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return end == text.c_str() ? NAN : value;
}

/// Lines that are no comments.
std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();  // some of the files have CRLF
    if (!line.empty() && line[0] != '#') out.push_back(line);
  }
  return out;
}

std::vector<float> matrix_in(const std::string& text, std::size_t size) {
  std::vector<float> out;
  for (const auto& line : lines(text))
    for (const auto& cell : cells(line)) out.push_back(static_cast<float>(number(cell)));
  common::ensure(out.size() == size, "a matrix of another size");
  return out;
}

}  // namespace

std::string reference_text(const std::string& name) {
  return common::read_gzip(source_path("tests/data/aihwkit/" + name));
}

std::vector<float> reference_weights() {
  return matrix_in(common::read_gzip(source_path("configs/validation/aihwkit/W256.csv.gz")), 256 * 256);
}

std::vector<float> reference_inputs() {
  return matrix_in(common::read_gzip(source_path("configs/validation/aihwkit/X64x256.csv.gz")), 64 * 256);
}

ReferenceTable::ReferenceTable(const std::string& name) {
  const auto all = lines(reference_text(name));
  common::ensure(all.size() > 1, name + " holds no table");
  const auto header = cells(all[0]);
  rows_ = all.size() - 1;
  for (std::size_t r = 1; r < all.size(); ++r) {
    const auto row = cells(all[r]);
    common::ensure(row.size() == header.size(), name + ": a row of another length");
    for (std::size_t c = 0; c < header.size(); ++c) {
      texts_[header[c]].push_back(row[c]);
      numbers_[header[c]].push_back(number(row[c]));
    }
  }
}

const std::vector<double>& ReferenceTable::operator[](const std::string& column) const {
  common::ensure(numbers_.count(column) == 1, "no column " + column);
  return numbers_.at(column);
}

std::vector<float> ReferenceTable::floats(const std::string& column) const {
  std::vector<float> out;
  for (const double v : (*this)[column]) out.push_back(static_cast<float>(v));
  return out;
}

const std::vector<std::string>& ReferenceTable::text(const std::string& column) const {
  common::ensure(texts_.count(column) == 1, "no column " + column);
  return texts_.at(column);
}

std::vector<float> reference_matrix(const std::string& name, std::size_t rows, std::size_t cols) {
  return matrix_in(reference_text(name), rows * cols);
}

config::Device reference_device(const std::string& name) {
  return config::load_device(name == "pcm" ? "pcm-90nm" : name == "hermes2" ? "hermes-2" : name);
}

std::vector<float> normals(std::uint32_t stream, std::size_t n) {
  std::vector<float> z(n);
  common::fill_normal({20260101, common::Purpose::Test, 0, stream}, 0, 0, 0, n, z.data());
  return z;
}

std::vector<std::int8_t> int8_codes(std::uint32_t stream, std::size_t n, int largest) {
  std::vector<float> u(n);
  common::fill_uniform({20260101, common::Purpose::Test, 1, stream}, 0, 0, 0, n, u.data());
  std::vector<std::int8_t> codes(n);
  for (std::size_t i = 0; i < n; ++i)
    codes[i] = static_cast<std::int8_t>(static_cast<int>(u[i] * (2 * largest + 1)) - largest);
  return codes;
}

}  // namespace phasecore::test
