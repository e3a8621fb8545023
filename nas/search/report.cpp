#include "nas/search/report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/version.hpp"
#include "nas/search/importance.hpp"
#include "nas/search/reasons.hpp"
#include "nas/search/tables.hpp"
#include "sim/report/yaml_json.hpp"

namespace phasecore::search {
namespace {

using nlohmann::ordered_json;

ordered_json optional_json(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

/// Of the last step that the candidate went through and that gave a figure; "" where none did.
std::string fidelity_of(const Problem& problem, const Result& result, std::size_t candidate,
                        const std::string& name) {
  const auto gives = [&](int step) {
    const auto names = problem.evaluator->figures(step);
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto name_of_step = [&](int step) { return name_of(problem.evaluator->fidelity(step)); };
  const auto final = result.final.find(candidate);
  if (final != result.final.end() && final->second.count(name) != 0) return name_of_step(*problem.final_step);
  if (result.candidates[candidate].confirmed && gives(*problem.confirm_step))
    return name_of_step(*problem.confirm_step);
  for (int step = problem.search_steps; step-- > 0;)
    if (gives(step)) return name_of_step(step);
  return "";
}

ordered_json member_json(const Problem& problem, const Result& result, std::size_t i) {
  const Candidate& c = result.candidates[i];
  ordered_json member = {
      {"id", c.id}, {"genes", ordered_json::object()}, {"figures", ordered_json::object()}};
  const auto words = problem.domain->words(c.genes);
  for (std::size_t g = 0; g < words.size(); ++g)
    if (!words[g].empty()) member["genes"][problem.domain->names()[g]] = words[g];
  for (const auto& [name, figure] : reported_figures(result, i))
    member["figures"][name] = {{"value", figure.value},
                               {"standard_error", figure.error},
                               {"fidelity", fidelity_of(problem, result, i, name)}};
  if (const auto found = result.fine_tuned.find(i); found != result.fine_tuned.end())
    for (const auto& [name, figure] : found->second)
      member["fine_tuned"][name] = {{"value", figure.value}, {"standard_error", figure.error}};
  if (const auto why = result.final_failures.find(i); why != result.final_failures.end())
    member["final_failure"] = why->second;
  if (const auto why = result.fine_tuned_failures.find(i); why != result.fine_tuned_failures.end())
    member["fine_tuned_failure"] = why->second;
  member["chosen_by"] = ordered_json::object();
  for (std::size_t o = 0; o < problem.settings.objectives.size(); ++o)
    member["chosen_by"][problem.settings.objectives[o].figure] =
        problem.judge->in_figure_unit(o, c.verdict.score.objectives[o]);
  return member;
}

}  // namespace

ordered_json to_json(const Problem& problem, const Result& result, double wall_s) {
  common::Diagnostics none;
  const TracePoint last = result.trace.empty() ? TracePoint{} : result.trace.back();
  ordered_json j = {{"schema", "phasecore.search/1"},
                    {"version", common::version()},
                    {"seed", problem.settings.seed},
                    {"settings", report::yaml_to_json(common::parse_yaml(
                                     common::dump_fields(problem.settings), "settings", none))},
                    {"ended_by", name_of(result.stop)},
                    {"candidates", result.candidates.size()},
                    {"evaluations", result.evaluations},
                    {"infeasible", last.infeasible},
                    {"hypervolume", optional_json(last.hypervolume)}};
  j["infeasible_because"] = ordered_json::array();
  for (const Reason& reason : commonest_reasons(result))
    j["infeasible_because"].push_back({{"reason", reason.text}, {"candidates", reason.candidates}});
  j["least_differences"] = ordered_json::object();
  for (std::size_t o = 0; o < result.epsilon.size(); ++o)
    j["least_differences"][problem.settings.objectives[o].figure] = result.epsilon[o];
  j["front"] = ordered_json::array();
  for (const std::size_t i : result.front) j["front"].push_back(member_json(problem, result, i));
  j["knee"] = result.knee ? ordered_json(result.candidates[*result.knee].id) : ordered_json();
  j["importance"] = ordered_json::array();
  for (const GeneImportance& one : importance(problem, result)) {
    ordered_json shares = ordered_json::object();
    for (std::size_t o = 0; o < one.shares.size(); ++o)
      shares[problem.settings.objectives[o].figure] = optional_json(one.shares[o]);
    j["importance"].push_back({{"gene", one.gene}, {"shares", std::move(shares)}});
  }
  j["provenance"] = {{"git", common::git_revision()}, {"compiler", common::compiler()}, {"wall_s", wall_s}};
  return j;
}

}  // namespace phasecore::search
