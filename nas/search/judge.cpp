#include "nas/search/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "common/table.hpp"

namespace phasecore::search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Excess {
  double violation = 0;
  std::string reason;
};

/// Relative to the bound, as sums over different figures need it; absolute for a bound of 0.
double relative(double excess, double bound) {
  return bound == 0 ? excess : excess / std::abs(bound);
}

/// The spread that `deviations` counts with, or nullptr where there is none.
const evaluate::Figure* spread(const Figures& figures, const std::string& figure) {
  const auto found = figures.find(figure + ".std");
  return found == figures.end() ? nullptr : &found->second;
}

/// By how much the figures break the constraint; nullopt: they do not, or they are not known.
std::optional<Excess> excess(const Constraint& constraint, const Figures& figures) {
  const auto found = figures.find(constraint.figure);
  if (found == figures.end()) return std::nullopt;
  const double value = found->second.value;
  double against = 0;
  if (constraint.deviations) {
    const evaluate::Figure* deviation = spread(figures, constraint.figure);
    if (deviation == nullptr) return std::nullopt;
    against = *constraint.deviations * deviation->value;
  }
  const auto text = [&](const char* sign, double counted, const char* relation, double bound) {
    const std::string less =
        constraint.deviations ? fmt::format(" {} {:g} std", sign, *constraint.deviations) : "";
    return fmt::format("{}{} = {} is {} {}", constraint.figure, less, common::format_double(counted),
                       relation, common::format_double(bound));
  };
  if (constraint.at_most && !(value + against <= *constraint.at_most))
    return Excess{relative(value + against - *constraint.at_most, *constraint.at_most),
                  text("+", value + against, "above", *constraint.at_most)};
  if (constraint.at_least && !(value - against >= *constraint.at_least))
    return Excess{relative(*constraint.at_least - (value - against), *constraint.at_least),
                  text("-", value - against, "below", *constraint.at_least)};
  return std::nullopt;
}

bool known(const Constraint& constraint, const Figures& figures) {
  return figures.count(constraint.figure) != 0 &&
         (!constraint.deviations || spread(figures, constraint.figure) != nullptr);
}

void add(Verdict& verdict, double violation, const std::string& reason) {
  verdict.score.violation += violation;
  verdict.reason += (verdict.reason.empty() ? "" : "; ") + reason;
}

}  // namespace

Judge::Judge(const LoadedSettings& loaded, const evaluate::Evaluator& evaluator, int steps,
             common::Diagnostics& diagnostics)
    : objectives_(loaded.settings.objectives), constraints_(loaded.settings.constraints) {
  std::map<std::string, int> first_step;
  std::vector<std::string> names;
  for (int step = 0; step < steps; ++step)
    for (const auto& name : evaluator.figures(step)) {
      if (first_step.try_emplace(name, step).second) names.push_back(name);
      last_step_[name] = step;
    }
  const auto need = [&](const std::string& name, const common::Location& where) {
    const auto found = first_step.find(name);
    if (found != first_step.end()) {
      deciding_step_ = std::max(deciding_step_, last_step_[name]);
      return;
    }
    std::string known;
    for (const auto& n : names) known += (known.empty() ? "" : ", ") + n;
    diagnostics.add(where, fmt::format("there is no figure '{}' here; the evaluator gives {}{}", name, known,
                                       common::did_you_mean(name, names)));
  };
  for (std::size_t i = 0; i < objectives_.size(); ++i) {
    const Objective& o = objectives_[i];
    need(o.figure, loaded.place("objectives", i, "figure"));
    if (o.deviations) need(o.figure + ".std", loaded.place("objectives", i, "deviations"));
    for (std::size_t j = 0; j < i; ++j)
      if (objectives_[j].figure == o.figure)
        diagnostics.add(loaded.place("objectives", i, "figure"),
                        "the figure '" + o.figure + "' is an objective twice");
    if (o.reference) reference_.push_back(o.goal == Goal::Maximise ? -*o.reference : *o.reference);
  }
  if (reference_.size() != objectives_.size()) {
    if (!reference_.empty())
      diagnostics.add(loaded.place("objectives", 0, "reference"),
                      "either every objective has a 'reference' or none");
    reference_.clear();
  }
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    need(constraints_[i].figure, loaded.place("constraints", i, "figure"));
    if (constraints_[i].deviations)
      need(constraints_[i].figure + ".std", loaded.place("constraints", i, "deviations"));
  }
}

pareto::Score Judge::score(const Figures& figures) const {
  pareto::Score score;
  for (const Objective& o : objectives_) {
    const auto found = figures.find(o.figure);
    const evaluate::Figure* deviation = o.deviations ? spread(figures, o.figure) : nullptr;
    if (found == figures.end() || (o.deviations && deviation == nullptr)) {
      score.objectives.push_back(std::numeric_limits<double>::quiet_NaN());
      score.errors.push_back(0);
      continue;
    }
    const double sign = o.goal == Goal::Maximise ? -1 : 1;
    const double k = o.deviations.value_or(0);
    score.objectives.push_back(sign * found->second.value +
                               (deviation != nullptr ? k * deviation->value : 0));
    // Mean and deviation of normal samples are independent.
    score.errors.push_back(std::hypot(found->second.error, deviation != nullptr ? k * deviation->error : 0));
  }
  return score;
}

Verdict Judge::judge(const Figures& figures) const {
  Verdict verdict{score(figures), ""};
  for (std::size_t i = 0; i < objectives_.size(); ++i)
    if (std::isnan(verdict.score.objectives[i]))
      add(verdict, kInfinity, objectives_[i].figure + " is not known");
  for (const Constraint& c : constraints_) {
    if (!known(c, figures))
      add(verdict, kInfinity, c.figure + " is not known");
    else if (const auto e = excess(c, figures))
      add(verdict, e->violation, e->reason);
  }
  return verdict;
}

Verdict Judge::judge_early(const Figures& figures, int step) const {
  Verdict verdict{score(figures), ""};
  for (const Constraint& c : constraints_) {
    Constraint settled = c;
    if (last_step_.at(c.figure) > step) settled.at_least.reset();
    if (const auto e = excess(settled, figures)) add(verdict, e->violation, e->reason);
  }
  return verdict;
}

Verdict Judge::failed(const std::string& failure, const Figures& known) const {
  Verdict verdict{score(known), failure};
  for (const Constraint& c : constraints_)
    if (const auto e = excess(c, known)) verdict.score.violation += e->violation;
  if (verdict.score.violation == 0) verdict.score.violation = kInfinity;
  return verdict;
}

double Judge::in_figure_unit(std::size_t index, double objective) const {
  return objectives_.at(index).goal == Goal::Maximise ? -objective : objective;
}

}  // namespace phasecore::search
