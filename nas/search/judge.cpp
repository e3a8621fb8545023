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

std::optional<Excess> excess(const Constraint& constraint, double value) {
  const auto text = [&](const char* relation, double bound) {
    return fmt::format("{} = {} is {} {}", constraint.figure, common::format_double(value), relation,
                       common::format_double(bound));
  };
  if (constraint.at_most && !(value <= *constraint.at_most))
    return Excess{relative(value - *constraint.at_most, *constraint.at_most),
                  text("above", *constraint.at_most)};
  if (constraint.at_least && !(value >= *constraint.at_least))
    return Excess{relative(*constraint.at_least - value, *constraint.at_least),
                  text("below", *constraint.at_least)};
  return std::nullopt;
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
  for (std::size_t i = 0; i < constraints_.size(); ++i)
    need(constraints_[i].figure, loaded.place("constraints", i, "figure"));
}

pareto::Score Judge::score(const Figures& figures) const {
  pareto::Score score;
  for (const Objective& o : objectives_) {
    const auto found = figures.find(o.figure);
    const auto spread = o.deviations ? figures.find(o.figure + ".std") : figures.end();
    if (found == figures.end() || (o.deviations && spread == figures.end())) {
      score.objectives.push_back(std::numeric_limits<double>::quiet_NaN());
      score.errors.push_back(0);
      continue;
    }
    const double sign = o.goal == Goal::Maximise ? -1 : 1;
    const double against = o.deviations ? *o.deviations * spread->second.value : 0;
    score.objectives.push_back(sign * found->second.value + against);
    score.errors.push_back(found->second.error);
  }
  return score;
}

Verdict Judge::judge(const Figures& figures) const {
  Verdict verdict{score(figures), ""};
  for (std::size_t i = 0; i < objectives_.size(); ++i)
    if (std::isnan(verdict.score.objectives[i]))
      add(verdict, kInfinity, objectives_[i].figure + " is not known");
  for (const Constraint& c : constraints_) {
    const auto found = figures.find(c.figure);
    if (found == figures.end())
      add(verdict, kInfinity, c.figure + " is not known");
    else if (const auto e = excess(c, found->second.value))
      add(verdict, e->violation, e->reason);
  }
  return verdict;
}

Verdict Judge::judge_early(const Figures& figures, int step) const {
  Verdict verdict{score(figures), ""};
  for (const Constraint& c : constraints_) {
    const auto found = figures.find(c.figure);
    if (found == figures.end()) continue;
    Constraint settled = c;
    if (last_step_.at(c.figure) > step) settled.at_least.reset();
    if (const auto e = excess(settled, found->second.value)) add(verdict, e->violation, e->reason);
  }
  return verdict;
}

Verdict Judge::failed(const std::string& failure, const Figures& known) const {
  Verdict verdict{score(known), failure};
  for (const Constraint& c : constraints_)
    if (const auto found = known.find(c.figure); found != known.end())
      if (const auto e = excess(c, found->second.value)) verdict.score.violation += e->violation;
  if (verdict.score.violation == 0) verdict.score.violation = kInfinity;
  return verdict;
}

double Judge::shown(std::size_t index, double objective) const {
  return objectives_.at(index).goal == Goal::Maximise ? -objective : objective;
}

}  // namespace phasecore::search
