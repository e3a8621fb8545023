#include "models/spaces/nasbench_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/files.hpp"

namespace phasecore::spaces {

namespace {

using Row = std::vector<std::string>;

/// One line of RFC 4180 CSV; the table has no line ends inside quotes.
std::optional<Row> cells_of(const std::string& line) {
  Row cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"')
        cells.back() += line[++i];
      else
        quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  if (quoted) return std::nullopt;
  return cells;
}

/// The whole text as a percentage 0..100, as a fraction.
std::optional<double> fraction(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !(value >= 0 && value <= 100)) return std::nullopt;
  return value / 100;
}

/// "mean ± std".
std::optional<Spread> spread(const std::string& text) {
  static const std::string kBetween = " ± ";
  const auto at = text.find(kBetween);
  if (at == std::string::npos) return std::nullopt;
  const auto mean = fraction(text.substr(0, at)), std = fraction(text.substr(at + kBetween.size()));
  if (!mean || !std) return std::nullopt;
  return Spread{*mean, *std};
}

/// "(0, 1, 2, 3, 4, 0)": one digit 0..4 per edge.
std::optional<Cell> architecture(const std::string& text) {
  static const std::string kForm = "(#, #, #, #, #, #)";
  if (text.size() != kForm.size()) return std::nullopt;
  Cell cell{};
  std::size_t edge = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] != '#') {
      if (text[i] != kForm[i]) return std::nullopt;
      continue;
    }
    if (text[i] < '0' || text[i] > '4') return std::nullopt;
    cell[edge++] = static_cast<CellOp>(text[i] - '0');
  }
  return cell;
}

/// Reads one row, column by column; remembers what it could not read.
class RowReader {
 public:
  RowReader(const std::map<std::string, std::size_t>& columns, const Row& row)
      : columns_(columns), row_(row) {}

  double number(const std::string& column) { return expect(column, fraction(text(column)), "a percentage"); }
  Spread drift(const std::string& column) { return expect(column, spread(text(column)), "'mean ± std'"); }
  Cell cell() {
    return expect("architecture", architecture(text("architecture")),
                  "'(a, b, c, d, e, f)' with digits 0 to 4");
  }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  const std::string& text(const std::string& column) const { return row_[columns_.at(column)]; }

  template <class T>
  T expect(const std::string& column, const std::optional<T>& value, const std::string& form) {
    if (!value) problems_.push_back(fmt::format("{} is '{}'; expected {}", column, text(column), form));
    return value.value_or(T{});
  }

  const std::map<std::string, std::size_t>& columns_;
  const Row& row_;
  std::vector<std::string> problems_;
};

TableEntry entry_of(RowReader& row) {
  TableEntry entry;
  entry.cell = row.cell();
  entry.digital = row.number("baseline_accuracy");
  entry.post_training = row.number("ptq_accuracy");
  entry.quant_aware = row.number("qat_accuracy");
  entry.noisy = row.number("analog_accuracy");
  entry.hardware_aware = row.number("finetuned_accuracy");
  for (std::size_t t = 0; t < kTableTimes_s.size(); ++t) {
    entry.plain_drift[t] = row.drift("baseline_drift_" + std::to_string(kTableTimes_s[t]));
    entry.hardware_aware_drift[t] = row.drift("finetuned_drift_" + std::to_string(kTableTimes_s[t]));
  }
  return entry;
}

std::vector<std::string> expected_columns() {
  std::vector<std::string> names = {"architecture", "baseline_accuracy", "ptq_accuracy",
                                    "qat_accuracy", "analog_accuracy",   "finetuned_accuracy"};
  for (const char* kind : {"baseline_drift_", "finetuned_drift_"})
    for (const int time_s : kTableTimes_s) names.push_back(kind + std::to_string(time_s));
  return names;
}

/// Position of each column by name; problems become diagnostics.
std::map<std::string, std::size_t> columns_of(const Row& header, const std::string& file,
                                              common::Diagnostics& diagnostics) {
  const auto expected = expected_columns();
  std::map<std::string, std::size_t> columns;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (std::find(expected.begin(), expected.end(), header[i]) == expected.end())
      diagnostics.add({file, 1, 0},
                      "unknown column '" + header[i] + "'" + common::did_you_mean(header[i], expected));
    else if (!columns.emplace(header[i], i).second)
      diagnostics.add({file, 1, 0}, "column '" + header[i] + "' stands there twice");
  }
  for (const auto& name : expected)
    if (columns.count(name) == 0) diagnostics.add({file, 1, 0}, "column '" + name + "' is missing");
  return columns;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    if (!lines.back().empty() && lines.back().back() == '\r') lines.back().pop_back();
    begin = end + 1;
  }
  return lines;
}

}  // namespace

NasbenchTable NasbenchTable::read(const std::string& path) {
  return parse(common::read_file(path), path);
}

NasbenchTable NasbenchTable::parse(const std::string& text, const std::string& file_name) {
  common::Diagnostics diagnostics;
  const auto lines = lines_of(text);
  const auto header = lines.empty() ? std::nullopt : cells_of(lines[0]);
  if (!header)
    throw common::InputError(file_name + ": no AnalogNAS-Bench table: the first line names no columns");
  const auto columns = columns_of(*header, file_name, diagnostics);
  diagnostics.raise_if_any();
  NasbenchTable table;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const common::Location where{file_name, static_cast<int>(i) + 1, 0};
    const auto row = cells_of(lines[i]);
    if (!row || row->size() != header->size()) {
      diagnostics.add(where, row ? fmt::format("{} cells; expected {}", row->size(), header->size())
                                 : "a quote is not closed");
      continue;
    }
    ++table.rows_read_;
    if (std::find(row->begin(), row->end(), "") != row->end()) {
      ++table.rows_with_empty_cells_;
      continue;
    }
    RowReader reader(columns, *row);
    const TableEntry entry = entry_of(reader);
    for (const auto& problem : reader.problems()) diagnostics.add(where, problem);
    if (reader.problems().empty()) table.add(entry);
  }
  diagnostics.raise_if_any();
  for (const auto& [cell, runs] : table.runs_) {
    const auto [low, high] = std::minmax_element(runs.begin(), runs.end());
    if (runs.size() > 1) table.retrained_.push_back({cell, static_cast<int>(runs.size()), *high - *low});
  }
  return table;
}

void NasbenchTable::add(TableEntry entry) {
  auto& runs = runs_[entry.cell];
  runs.push_back(entry.hardware_aware);
  if (runs.size() > 1) {
    ++surplus_rows_;
    return;
  }
  if (entry.cell == Cell{}) {
    // Known to be wrong in the published table: `finetuned_drift_60` of (0, 0, 0, 0, 0, 0) repeats the value
    // of another architecture, far above this one's accuracy without any drift.
    entry.hardware_aware_drift[0].reset();
    ++wrong_values_;
  }
  const int index = static_cast<int>(entries_.size());
  by_cell_.emplace(entry.cell, index);
  by_live_cell_.emplace(without_dead_edges(entry.cell), index);
  entries_.push_back(entry);
}

const TableEntry* NasbenchTable::find(const Cell& cell) const {
  if (const auto found = by_cell_.find(cell); found != by_cell_.end()) return &entries_[found->second];
  const auto found = by_live_cell_.find(without_dead_edges(cell));
  return found == by_live_cell_.end() ? nullptr : &entries_[found->second];
}

}  // namespace phasecore::spaces
