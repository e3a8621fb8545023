#include "common/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "common/text.hpp"

namespace phasecore::common {
namespace {

std::string csv_quoted(const std::string& text) {
  // A quoted empty text differs from an empty cell, which is null.
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string csv_cell(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return csv_quoted(*text);
  if (const auto* integer = std::get_if<long long>(&cell)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&cell)) return format_double(*number);
  return "";
}

std::string fixed(double value, int decimals) {
  ensure(std::isfinite(value), "a table holds a number that is not finite");
  std::string text = fmt::format("{:.{}f}", value, decimals);
  const bool is_zero = text.find_first_not_of("-0.") == std::string::npos;
  return is_zero && text[0] == '-' ? text.substr(1) : text;
}

std::string text_cell(const Cell& cell, int decimals) {
  if (const auto* text = std::get_if<std::string>(&cell)) return printable(*text);
  if (const auto* integer = std::get_if<long long>(&cell)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&cell)) return fixed(*number, decimals);
  return "-";
}

/// Characters of a UTF-8 text: continuation bytes take no room of their own.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Columns are not made wider: longer cells push what follows them, in their own row only.
constexpr std::size_t kWidest = 400;

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  return right ? space + text : text + space;
}

/// One line without trailing blanks.
std::string line_of(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t c = 0; c < cells.size(); ++c) line += (c == 0 ? "" : "  ") + cells[c];
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

void Table::add_row(std::vector<Cell> row) {
  ensure(row.size() == columns_.size(),
         fmt::format("a table of {} columns was given a row of {}", columns_.size(), row.size()));
  rows_.push_back(std::move(row));
}

std::string Table::csv() const {
  std::string text;
  for (std::size_t c = 0; c < columns_.size(); ++c)
    text += (c == 0 ? "" : ",") + csv_quoted(columns_[c].name);
  text += '\n';
  for (const auto& row : rows_) {
    for (std::size_t c = 0; c < row.size(); ++c) text += (c == 0 ? "" : ",") + csv_cell(row[c]);
    text += '\n';
  }
  return text;
}

std::string Table::text() const {
  std::vector<std::string> headings;
  std::vector<std::string> rules;
  std::vector<std::vector<std::string>> lines(rows_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].heading.empty()) continue;
    std::size_t width = width_of(columns_[c].heading);
    bool has_text = false;
    for (const auto& row : rows_) {
      width = std::max(width, width_of(text_cell(row[c], columns_[c].decimals)));
      has_text = has_text || std::holds_alternative<std::string>(row[c]);
    }
    width = std::min(width, kWidest);
    headings.push_back(padded(columns_[c].heading, width, !has_text));
    rules.emplace_back(width, '-');
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const bool right = !std::holds_alternative<std::string>(rows_[r][c]) &&
                         !(has_text && std::holds_alternative<std::monostate>(rows_[r][c]));
      lines[r].push_back(padded(text_cell(rows_[r][c], columns_[c].decimals), width, right));
    }
  }
  std::string text = line_of(headings) + line_of(rules);
  for (const auto& line : lines) text += line_of(line);
  return text;
}

std::string format_double(double value) {
  ensure(std::isfinite(value), "format_double: the number is not finite");
  return fmt::format("{}", value);
}

}  // namespace phasecore::common
