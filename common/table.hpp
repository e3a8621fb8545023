// A table once, as CSV for files and as aligned text for people.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace phasecore::common {

/// null (not modelled / not known), text, integer or number.
using Cell = std::variant<std::monostate, std::string, long long, double>;

struct Column {
  std::string name;     ///< CSV header: the report key with its unit, "energy_nj"
  std::string heading;  ///< terminal heading; "" leaves the column out of the terminal
  int decimals = 2;     ///< digits after the point on the terminal (files hold every digit)
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add_row(std::vector<Cell> row);
  const std::vector<std::vector<Cell>>& rows() const { return rows_; }
  /// RFC 4180, "\n" line ends; null is an empty cell, floats round-trip.
  std::string csv() const;
  /// Aligned columns with a rule under the headings; null is "-"; numbers right, text left and printable().
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// Shortest decimal text that reads back to the same double ("nan" and "inf" are refused with InternalError).
std::string format_double(double value);

}  // namespace phasecore::common
