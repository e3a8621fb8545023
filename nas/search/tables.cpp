#include "nas/search/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "nas/figures/catalogue.hpp"
#include "nas/pareto/dominance.hpp"
#include "nas/search/reasons.hpp"

namespace phasecore::search {
namespace {

using common::Cell;

std::vector<common::Column> columns(const Problem& problem) {
  std::vector<common::Column> all = {{"id", "id"}};
  for (const auto& name : problem.domain->names()) all.push_back({name, name});
  for (const auto& name : figure_names(*problem.evaluator)) all.push_back({name, name});
  for (const char* name : {"fidelity", "feasible", "reason"}) all.push_back({name, name});
  return all;
}

std::vector<Cell> row(const Problem& problem, const Candidate& c, const Figures& figures,
                      std::optional<evaluate::Fidelity> fidelity) {
  std::vector<Cell> cells = {static_cast<long long>(c.id)};
  for (const auto& word : problem.domain->words(c.genes)) cells.push_back(word.empty() ? Cell{} : Cell{word});
  for (const auto& name : figure_names(*problem.evaluator)) {
    const auto found = figures.find(name);
    cells.push_back(found == figures.end() ? Cell{} : Cell{found->second.value});
  }
  cells.emplace_back(fidelity ? name_of(*fidelity) : std::string());
  cells.emplace_back(std::string(c.verdict.score.violation > 0 ? "false" : "true"));
  cells.emplace_back(c.raced_out.empty() ? c.verdict.reason : c.raced_out);
  return cells;
}

/// Not those of the table's networks that were trained without regard to the hardware.
bool is_main_accuracy(const std::string& name) {
  return name.rfind("accuracy@", 0) == 0;
}

/// The figures a person wants to see: accuracies in time, what was asked for, and the usual costs.
std::vector<std::string> shown_figures(const Problem& problem) {
  std::vector<std::string> wanted = {"cores", "parameters", "latency_ns", "energy_nj"};
  for (const auto& o : problem.settings.objectives) wanted.push_back(o.figure);
  for (const auto& c : problem.settings.constraints) wanted.push_back(c.figure);
  std::vector<std::string> shown;
  for (const auto& name : figure_names(*problem.evaluator)) {
    const bool in_time =
        is_main_accuracy(name) && figure_time_s(name) && name.find(".std") == std::string::npos;
    if (in_time || std::find(wanted.begin(), wanted.end(), name) != wanted.end()) shown.push_back(name);
  }
  std::stable_sort(shown.begin(), shown.end(), [](const std::string& a, const std::string& b) {
    const auto rank = [](const std::string& n) {
      return is_main_accuracy(n) ? figure_time_s(n).value_or(0) : 1e300;
    };
    return rank(a) < rank(b);
  });
  return shown;
}

/// A table of front members: what each of its columns says of one.
struct MemberColumn {
  std::string header;
  std::function<std::string(std::size_t)> text;
};

std::string members_text(const Result& result, const std::vector<std::size_t>& members,
                         const std::vector<MemberColumn>& what) {
  std::vector<common::Column> columns = {{"id", "id"}};
  for (const auto& column : what) columns.push_back({column.header, column.header});
  common::Table table(columns);
  for (const std::size_t i : members) {
    std::vector<Cell> cells = {static_cast<long long>(result.candidates[i].id)};
    for (const auto& column : what) {
      const std::string text = column.text(i);
      cells.push_back(text.empty() ? Cell{} : Cell{text});
    }
    table.add_row(std::move(cells));
  }
  return table.text();
}

MemberColumn figure_column(const std::string& name, const std::function<Figures(std::size_t)>& figures_of) {
  return {figures::is_accuracy(name) ? name + " %" : name, [name, figures_of](std::size_t i) {
            const Figures figures = figures_of(i);
            const auto found = figures.find(name);
            return found == figures.end() ? "" : figures::text(name, found->second);
          }};
}

std::vector<MemberColumn> chip_columns(const Problem& problem, const Result& result) {
  std::vector<MemberColumn> columns;
  const std::size_t all = problem.domain->names().size();
  for (std::size_t g = problem.domain->space().genes().size(); g < all; ++g)
    columns.push_back({problem.domain->names()[g], [&problem, &result, g](std::size_t i) {
                         return problem.domain->words(result.candidates[i].genes)[g];
                       }});
  return columns;
}

/// What the test images say against front members: constraints that they break, members that dominate them.
/// Nothing is chosen by that.
std::map<std::size_t, std::string> test_remarks(const Problem& problem, const Result& result) {
  std::map<std::size_t, Verdict> verdicts;
  std::vector<pareto::Score> scores;
  for (const auto& [i, figures] : result.final) {
    if (result.final_failures.count(i) != 0) continue;
    verdicts[i] = problem.judge->judge(reported_figures(result, i));
    scores.push_back(verdicts[i].score);
    scores.back().violation = 0;  // errors are those of all members
  }
  const pareto::Point epsilon = pareto::pooled_errors(scores);
  std::map<std::size_t, std::string> remarks;
  for (const auto& [i, verdict] : verdicts) {
    std::string remark;
    for (const auto& rule : verdict.broken) remark += (remark.empty() ? "" : "; ") + rule;
    for (const auto& [other, better] : verdicts)
      if (pareto::dominates(better.score.objectives, verdict.score.objectives, epsilon)) {
        remark += fmt::format("{}dominated by {}", remark.empty() ? "" : "; ", result.candidates[other].id);
        break;
      }
    if (!remark.empty()) remarks[i] = remark;
  }
  return remarks;
}

std::string front_members_text(const Problem& problem, const Result& result,
                               const std::vector<std::size_t>& order, const std::vector<std::string>& shown) {
  std::vector<MemberColumn> columns = chip_columns(problem, result);
  for (const auto& name : shown)
    columns.push_back(figure_column(name, [&](std::size_t i) { return reported_figures(result, i); }));
  const auto remarks = test_remarks(problem, result);
  if (!remarks.empty())
    columns.push_back({"on test images", [&](std::size_t i) {
                         const auto found = remarks.find(i);
                         return found == remarks.end() ? "" : found->second;
                       }});
  return members_text(result, order, columns);
}

std::string nothing_feasible(const Result& result) {
  std::string text = "No candidate meets the constraints. What they break:\n";
  for (const Reason& reason : commonest_reasons(result))
    text += fmt::format("{:>8} of {}: {}\n", reason.candidates, result.candidates.size(), reason.text);
  return text;
}

std::ptrdiff_t raced_out(const Result& result) {
  return std::count_if(result.candidates.begin(), result.candidates.end(),
                       [](const Candidate& c) { return !c.raced_out.empty(); });
}

std::string closing_words(const Problem& problem, const Result& result) {
  const TracePoint last = result.trace.empty() ? TracePoint{} : result.trace.back();
  const EvaluatorSettings& evaluator = problem.settings.evaluator;
  const auto out = raced_out(result);
  std::string text = fmt::format("{} candidates, {} evaluated in full, {} infeasible",
                                 result.candidates.size(), result.evaluations - out, last.infeasible);
  if (last.hypervolume) text += fmt::format("; hypervolume {:.6g}", *last.hypervolume);
  text += "\n";
  if (problem.race_step)
    text += fmt::format("{} more were raced out on {} images\n", out, evaluator.race->images);
  if (result.knee && last.hypervolume == 0.0)
    text += "no member of the front is better than the references of all objectives\n";
  if (result.knee)
    text += fmt::format("knee of the front: candidate {}\n", result.candidates[*result.knee].id);
  if (result.stop != Stop::Evaluations) text += fmt::format("ended by: {}\n", name_of(result.stop));
  if (result.stop == Stop::Minutes)
    text += fmt::format("--set budget='{{evaluations: {}}}' repeats this search\n", result.evaluations);
  if (!result.final.empty())
    text += fmt::format(
        "accuracies: {} test images x {} programmings; the search chose by {} validation "
        "images x {}{}\n",
        evaluator.final.images, evaluator.final.instances, evaluator.monte_carlo.images,
        evaluator.monte_carlo.instances,
        problem.confirm_step ? fmt::format(", the front was confirmed by {} others x {}",
                                           evaluator.confirm.images, evaluator.confirm.instances)
                             : "");
  const auto lost = std::count_if(result.candidates.begin(), result.candidates.end(),
                                  [](const Candidate& c) { return c.lost; });
  if (lost > 0)
    text +=
        fmt::format("{} candidates were lost (reasons: candidates.csv); --resume tries them again\n", lost);
  for (const auto& [i, why] : result.final_failures)
    text += fmt::format("candidate {} has no final figures: {}\n", result.candidates[i].id, why);
  for (const auto& [i, why] : result.fine_tuned_failures)
    text += fmt::format("candidate {} was not trained further: {}\n", result.candidates[i].id, why);
  return text;
}

}  // namespace

std::vector<std::string> figure_names(const evaluate::Evaluator& evaluator) {
  std::vector<std::string> names;
  for (int step = 0; step < evaluator.steps(); ++step)
    for (const auto& name : evaluator.figures(step))
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

Figures reported_figures(const Result& result, std::size_t candidate) {
  Figures figures = result.candidates.at(candidate).figures;
  if (const auto found = result.final.find(candidate); found != result.final.end())
    for (const auto& [name, figure] : found->second) figures[name] = figure;
  return figures;
}

common::Table candidates_table(const Problem& problem, const Result& result) {
  common::Table table(columns(problem));
  for (const Candidate& c : result.candidates) table.add_row(row(problem, c, c.figures, c.fidelity));
  return table;
}

common::Table front_table(const Problem& problem, const Result& result) {
  common::Table table(columns(problem));
  for (const std::size_t i : result.front) {
    const Candidate& c = result.candidates[i];
    const auto fidelity =
        result.final.count(i) ? problem.evaluator->fidelity(*problem.final_step) : c.fidelity;
    table.add_row(row(problem, c, reported_figures(result, i), fidelity));
  }
  return table;
}

common::Table fine_tuned_table(const Problem& problem, const Result& result) {
  const auto names = problem.evaluator->figures(*problem.fine_tuned_step);
  std::vector<common::Column> columns = {{"id", "id"}};
  for (const auto& name : names) columns.push_back({name, name});
  common::Table table(columns);
  for (const auto& [i, figures] : result.fine_tuned) {
    std::vector<Cell> cells = {static_cast<long long>(result.candidates[i].id)};
    for (const auto& name : names) {
      const auto found = figures.find(name);
      cells.push_back(found == figures.end() ? Cell{} : Cell{found->second.value});
    }
    table.add_row(std::move(cells));
  }
  return table;
}

common::Table trace_table(const Problem& problem, const Result& result) {
  std::vector<common::Column> columns;
  for (const char* name :
       {"round", "candidates", "evaluations", "infeasible", "front", "hypervolume", "screened"})
    columns.push_back({name, name});
  for (const auto& o : problem.settings.objectives) columns.push_back({"tau." + o.figure, o.figure});
  common::Table table(columns);
  for (const TracePoint& p : result.trace) {
    std::vector<Cell> cells;
    for (const int n : {p.round, p.candidates, p.evaluations, p.infeasible, p.front})
      cells.emplace_back(static_cast<long long>(n));
    cells.push_back(p.hypervolume ? Cell{*p.hypervolume} : Cell{});
    cells.emplace_back(std::string(p.screened ? "true" : "false"));
    for (std::size_t i = 0; i < problem.settings.objectives.size(); ++i)
      cells.push_back(i < p.taus.size() && p.taus[i] ? Cell{*p.taus[i]} : Cell{});
    table.add_row(std::move(cells));
  }
  return table;
}

std::string front_text(const Problem& problem, const Result& result) {
  std::vector<std::size_t> order = result.front;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return result.candidates[a].verdict.score.objectives[0] <
           result.candidates[b].verdict.score.objectives[0];
  });
  const auto shown = shown_figures(problem);
  std::string text =
      order.empty() ? nothing_feasible(result) : front_members_text(problem, result, order, shown);
  if (!result.fine_tuned.empty()) {
    std::vector<MemberColumn> accuracies;
    for (const auto& name : shown)
      if (is_main_accuracy(name))
        accuracies.push_back(figure_column(name, [&](std::size_t i) {
          const auto found = result.fine_tuned.find(i);
          return found == result.fine_tuned.end() ? Figures{} : found->second;
        }));
    text += fmt::format("\nTrained for {} epochs more (apart: the search did not see this):\n",
                        *problem.settings.evaluator.fine_tune_epochs) +
            members_text(result, order, accuracies);
  }
  return text + "\n" + closing_words(problem, result);
}

}  // namespace phasecore::search
