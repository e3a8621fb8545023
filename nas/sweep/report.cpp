// What is written of a sweep.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/json_text.hpp"
#include "common/version.hpp"
#include "nas/sweep/sweep.hpp"
#include "sim/report/page.hpp"
#include "sim/report/yaml_json.hpp"

namespace phasecore::sweep {
namespace {

using common::Cell;
using nlohmann::ordered_json;

common::Table points_table(const Problem& problem, const Result& result,
                           const std::vector<std::size_t>& which) {
  std::vector<common::Column> columns = {{"id", "id"}};
  for (const auto& key : problem.points.keys) columns.push_back({key.key, key.key});
  for (const auto& name : result.figures) columns.push_back({name, name});
  for (const char* name : {"fidelity", "feasible", "reason"}) columns.push_back({name, name});
  common::Table table(columns);
  for (const std::size_t p : which) {
    const archive::Evaluation& e = result.evaluations[p];
    std::vector<Cell> cells = {static_cast<long long>(p + 1)};
    for (const auto& word : problem.built[p].words) cells.emplace_back(word);
    for (const auto& name : result.figures) {
      const auto found = e.figures.find(name);
      cells.push_back(found == e.figures.end() ? Cell{} : Cell{found->second.value});
    }
    cells.emplace_back(e.fidelity);
    cells.emplace_back(std::string(result.reasons[p].empty() ? "true" : "false"));
    cells.emplace_back(result.reasons[p]);
    table.add_row(std::move(cells));
  }
  return table;
}

std::string shown_text(const Problem& problem, const Result& result) {
  std::vector<common::Column> columns = {{"id", "id"}};
  for (const auto& key : problem.points.keys) columns.push_back({key.key, key.key});
  for (const auto& name : problem.settings.objectives)
    columns.push_back({name, figures::is_accuracy(name) ? name + " %" : name});
  columns.push_back({"front", "front"});
  common::Table table(columns);
  for (std::size_t p = 0; p < result.evaluations.size(); ++p) {
    if (!result.reasons[p].empty()) continue;
    std::vector<Cell> cells = {static_cast<long long>(p + 1)};
    for (const auto& word : problem.built[p].words) cells.emplace_back(word);
    for (const auto& name : problem.settings.objectives)
      cells.emplace_back(figures::text(name, result.evaluations[p].figures.at(name)));
    const bool on_front = std::find(result.front.begin(), result.front.end(), p) != result.front.end();
    cells.emplace_back(std::string(result.knee == p ? "knee" : on_front ? "yes" : ""));
    table.add_row(std::move(cells));
  }
  return table.text();
}

std::string sensitivity_text(const Result& result) {
  common::Table table({{"figure", "figure"},
                       {"key", "key"},
                       {"moved by", "moved by"},
                       {"%", "% of its mean"},
                       {"low", "lowest at"},
                       {"high", "highest at"}});
  for (const Effect& e : result.effects) {
    if (e.groups == 0) {
      table.add_row({e.figure, e.key, Cell{}, Cell{}, Cell{}, Cell{}});
      continue;
    }
    table.add_row({e.figure, e.key, figures::text(e.figure, {e.range, e.error}),
                   fmt::format("{:.1f}", 100 * e.relative), e.range > 0 ? Cell{e.low} : Cell{},
                   e.range > 0 ? Cell{e.high} : Cell{}});
  }
  return table.text();
}

ordered_json settings_json(const Problem& problem) {
  common::Diagnostics none;
  return report::yaml_to_json(common::parse_yaml(common::dump_fields(problem.settings), "settings", none));
}

ordered_json member_json(const Problem& problem, const Result& result, std::size_t p) {
  ordered_json member = {
      {"id", p + 1}, {"genes", ordered_json::object()}, {"figures", ordered_json::object()}};
  for (std::size_t k = 0; k < problem.points.keys.size(); ++k)
    member["genes"][problem.points.keys[k].key] = problem.built[p].words[k];
  const archive::Evaluation& e = result.evaluations[p];
  for (const auto& name : result.figures)
    if (const auto found = e.figures.find(name); found != e.figures.end())
      member["figures"][name] = {
          {"value", found->second.value}, {"standard_error", found->second.error}, {"fidelity", e.fidelity}};
  return member;
}

}  // namespace

common::Table candidates_table(const Problem& problem, const Result& result) {
  std::vector<std::size_t> all(result.evaluations.size());
  for (std::size_t p = 0; p < all.size(); ++p) all[p] = p;
  return points_table(problem, result, all);
}

common::Table front_table(const Problem& problem, const Result& result) {
  return points_table(problem, result, result.front);
}

common::Table sensitivity_table(const Result& result) {
  std::vector<common::Column> columns;
  for (const char* name : {"figure", "key", "groups", "range", "standard_error", "relative", "low", "high"})
    columns.push_back({name, name});
  common::Table table(columns);
  for (const Effect& e : result.effects)
    table.add_row({e.figure, e.key, static_cast<long long>(e.groups), e.groups ? Cell{e.range} : Cell{},
                   e.groups ? Cell{e.error} : Cell{}, e.groups ? Cell{e.relative} : Cell{}, e.low, e.high});
  return table;
}

std::string to_text(const Problem& problem, const Result& result) {
  std::string text;
  if (!problem.settings.question.empty()) text += problem.settings.question + "\n\n";
  text += shown_text(problem, result);
  text += "\nWhat moves the figures, all else equal (mean over the points that differ in that key alone)\n" +
          sensitivity_text(result);
  std::size_t without = 0;
  for (std::size_t p = 0; p < result.reasons.size(); ++p)
    if (!result.reasons[p].empty()) {
      if (without++ == 0) text += "\nWithout figures:\n";
      text += fmt::format("  {}: {}\n", p + 1, result.reasons[p]);
    }
  return text + fmt::format("\n{} points, {} measured, {} on the front\n", result.reasons.size(),
                            result.reasons.size() - without, result.front.size());
}

std::string to_json(const Problem& problem, const Result& result, double wall_s) {
  ordered_json j = {{"schema", "phasecore.sweep/1"},
                    {"version", common::version()},
                    {"seed", problem.settings.seed},
                    {"settings", settings_json(problem)},
                    {"points", result.evaluations.size()}};
  j["objectives"] = ordered_json::array();
  for (const auto& name : problem.settings.objectives)
    j["objectives"].push_back(
        {{"figure", name},
         {"goal", problem.catalogue.better(name) == figures::Better::Higher ? "maximise" : "minimise"}});
  j["infeasible"] = ordered_json::array();
  for (std::size_t p = 0; p < result.reasons.size(); ++p)
    if (!result.reasons[p].empty()) j["infeasible"].push_back({{"id", p + 1}, {"reason", result.reasons[p]}});
  j["sensitivity"] = ordered_json::array();
  for (const Effect& e : result.effects)
    j["sensitivity"].push_back({{"figure", e.figure},
                                {"key", e.key},
                                {"groups", e.groups},
                                {"range", e.groups ? ordered_json(e.range) : ordered_json()},
                                {"standard_error", e.groups ? ordered_json(e.error) : ordered_json()},
                                {"relative", e.groups ? ordered_json(e.relative) : ordered_json()},
                                {"low", e.low},
                                {"high", e.high}});
  j["front"] = ordered_json::array();
  for (const std::size_t p : result.front) j["front"].push_back(member_json(problem, result, p));
  j["knee"] = result.knee ? ordered_json(*result.knee + 1) : ordered_json();
  j["provenance"] = {{"git", common::git_revision()}, {"compiler", common::compiler()}, {"wall_s", wall_s}};
  return common::json_text(j, 1) + "\n";
}

std::map<std::string, std::string> files(const Problem& problem, const Result& result, double wall_s) {
  std::map<std::string, std::string> all;
  all["candidates.csv"] = candidates_table(problem, result).csv();
  all["front.csv"] = front_table(problem, result).csv();
  all["sensitivity.csv"] = sensitivity_table(result).csv();
  all["config.resolved.yaml"] = common::dump_fields(problem.settings);
  all["report.txt"] = to_text(problem, result);
  all["report.json"] = to_json(problem, result, wall_s);
  all["report.html"] =
      report::html_page({{"", "", all["report.json"], {{"candidates.csv", all["candidates.csv"]}}, {}}});
  return all;
}

}  // namespace phasecore::sweep
