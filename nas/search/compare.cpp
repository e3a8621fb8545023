#include "nas/search/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "common/files.hpp"
#include "common/spelling.hpp"
#include "common/text.hpp"
#include "nas/pareto/hypervolume.hpp"
#include "nas/pareto/indicators.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::search {
namespace {

using Row = std::vector<std::string>;

/// RFC 4180 cells.
std::vector<Row> read_csv(const std::string& path) {
  const std::string text = common::read_file(path);
  std::vector<Row> rows;
  Row row;
  std::string cell;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || c == '\n') {
      row.push_back(std::move(cell));
      cell.clear();
      if (c == '\n') {
        rows.push_back(std::move(row));
        row.clear();
      }
    } else if (c != '\r') {
      cell += c;
    }
  }
  if (quoted) throw common::InputError(path + ": a quoted cell does not end");
  if (!cell.empty() || !row.empty()) {
    row.push_back(std::move(cell));
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Differences and sums of such numbers are numbers, too.
constexpr double kLargest = 1e100;

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(std::abs(value) <= kLargest))
    return std::nullopt;
  return value;
}

std::size_t column(const std::string& path, const Row& header, const std::string& name) {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end())
    throw common::InputError(
        {{{path, 1, 0}, "there is no column '" + name + "'" + common::did_you_mean(name, header)}});
  return static_cast<std::size_t>(found - header.begin());
}

/// All points of both sides, objective by objective: smallest and largest.
std::pair<pareto::Point, pareto::Point> box(const std::vector<pareto::Point>& a,
                                            const std::vector<pareto::Point>& b) {
  pareto::Point low = a[0], high = a[0];
  for (const auto* side : {&a, &b})
    for (const auto& point : *side)
      for (std::size_t o = 0; o < low.size(); ++o) {
        low[o] = std::min(low[o], point[o]);
        high[o] = std::max(high[o], point[o]);
      }
  return {low, high};
}

}  // namespace

std::vector<pareto::Point> read_points(const std::string& path, const std::vector<Objective>& objectives) {
  const auto rows = read_csv(path);
  if (rows.empty()) throw common::InputError(path + " is empty");
  const Row& header = rows[0];
  std::vector<std::size_t> at, spread;
  for (const auto& o : objectives) {
    at.push_back(column(path, header, o.figure));
    spread.push_back(o.deviations ? column(path, header, o.figure + ".std") : 0);
  }
  const auto feasible = std::find(header.begin(), header.end(), "feasible");
  std::vector<pareto::Point> points;
  common::Diagnostics diagnostics;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const int line = static_cast<int>(r) + 1;
    if (rows[r].size() != header.size()) {
      diagnostics.add({path, line, 0},
                      fmt::format("{} cells; the header has {}", rows[r].size(), header.size()));
      continue;
    }
    if (feasible != header.end() && rows[r][feasible - header.begin()] == "false") continue;
    pareto::Point point;
    for (std::size_t o = 0; o < objectives.size(); ++o) {
      const auto value = number(rows[r][at[o]]);
      const auto deviation = objectives[o].deviations ? number(rows[r][spread[o]]) : 0.0;
      if (!value || !deviation) {
        diagnostics.add({path, line, 0}, fmt::format("'{}' is '{}'; expected a number up to {:g}",
                                                     objectives[o].figure, rows[r][at[o]], kLargest));
        continue;
      }
      point.push_back(sign_of(objectives[o].goal) * *value +
                      objectives[o].deviations.value_or(0) * *deviation);
    }
    if (point.size() == objectives.size()) points.push_back(std::move(point));
  }
  diagnostics.raise_if_any();
  return points;
}

Objective parse_objective(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  Objective objective;
  objective.figure = canonical_figure(parts[0]);
  const std::string goal = parts.size() > 1 ? parts[1] : "";
  const bool maximise = common::same_word(goal, "maximise");
  objective.goal = maximise ? Goal::Maximise : Goal::Minimise;
  const bool goal_known = maximise || common::same_word(goal, "minimise");
  const bool has_reference = parts.size() > 2 && !(parts.size() == 4 && parts[2].empty());
  if (has_reference) objective.reference = number(parts[2]);
  if (parts.size() == 4) objective.deviations = number(parts[3]);
  if (parts[0].empty() || !goal_known || parts.size() > 4 || (has_reference && !objective.reference) ||
      (parts.size() == 4 && objective.deviations.value_or(-1) < 0))
    throw common::InputError(
        "'" + text +
        "' is no objective; expected FIGURE:maximise or FIGURE:minimise, and if you like "
        ":REFERENCE, as in latency_ns:minimise:200000, or :REFERENCE:DEVIATIONS, as in "
        "accuracy@1d:maximise:0.5:1 (the reference may be empty)");
  return objective;
}

std::optional<std::vector<Objective>> objectives_beside(const std::string& csv_path) {
  const auto file = std::filesystem::path(csv_path).parent_path() / "config.resolved.yaml";
  if (!std::filesystem::is_regular_file(file)) return std::nullopt;
  common::Diagnostics diagnostics;
  common::YamlNode root = common::merged_settings(search_files, "defaults");  // for keys that came later
  common::merge_yaml(root, common::read_yaml(file.string(), diagnostics));
  Settings settings;
  common::load_fields(root, settings, diagnostics);
  diagnostics.raise_if_any();
  return settings.objectives;
}

Comparison compare(const std::vector<pareto::Point>& a, const std::vector<pareto::Point>& b,
                   const std::vector<Objective>& objectives) {
  if (a.empty() || b.empty()) throw common::InputError("a front without a feasible row cannot be compared");
  const auto [low, high] = box(a, b);
  pareto::Point reference, scale;
  Comparison result;
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    result.reference_is_worst |= !objectives[o].reference.has_value();
    scale.push_back(high[o] > low[o] ? high[o] - low[o] : 1);
  }
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    reference.push_back(result.reference_is_worst ? high[o]
                                                  : sign_of(objectives[o].goal) * *objectives[o].reference);
    result.reference.push_back(sign_of(objectives[o].goal) * reference[o]);
    if (!result.reference_is_worst && low[o] >= reference[o])
      result.unreached.push_back(objectives[o].figure);
  }
  const auto side = [&](const auto& own, const auto& other) {
    return Comparison::Side{own.size(), pareto::hypervolume_within(own, reference),
                            pareto::coverage(own, other), pareto::additive_epsilon(own, other, scale)};
  };
  result.a = side(a, b);
  result.b = side(b, a);
  return result;
}

}  // namespace phasecore::search
