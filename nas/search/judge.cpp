#include "nas/search/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "common/table.hpp"
#include "nas/figures/catalogue.hpp"

namespace phasecore::search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Excess {
  double violation = 0;
  std::string reason, rule;
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
  const auto broken = [&](const char* sign, double counted, const char* relation, double bound, double by) {
    const std::string what =
        constraint.figure +
        (constraint.deviations ? fmt::format(" {} {:g} std", sign, *constraint.deviations) : "");
    const std::string how = fmt::format("is {} {}", relation, common::format_double(bound));
    return Excess{relative(by, bound), fmt::format("{} = {} {}", what, common::format_double(counted), how),
                  fmt::format("{} {}", what, how)};
  };
  if (constraint.at_most && !(value + against <= *constraint.at_most))
    return broken("+", value + against, "above", *constraint.at_most, value + against - *constraint.at_most);
  if (constraint.at_least && !(value - against >= *constraint.at_least))
    return broken("-", value - against, "below", *constraint.at_least,
                  *constraint.at_least - (value - against));
  return std::nullopt;
}

bool known(const Constraint& constraint, const Figures& figures) {
  return figures.count(constraint.figure) != 0 &&
         (!constraint.deviations || spread(figures, constraint.figure) != nullptr);
}

void add(Verdict& verdict, const Excess& excess) {
  verdict.score.violation += excess.violation;
  verdict.reason += (verdict.reason.empty() ? "" : "; ") + excess.reason;
  verdict.broken.push_back(excess.rule);
}

void add_unknown(Verdict& verdict, const std::string& figure) {
  const std::string reason = figure + " is not known";
  add(verdict, {kInfinity, reason, reason});
}

/// What a value is compared with: the figure with so many standard deviations added, or taken off.
struct Counted {
  std::string figure;
  double deviations = 0;
  bool added = false;

  figures::Range range() const {
    figures::Range r = figures::range_of(figure);
    if (deviations > 0)
      (added ? r.high : r.low) += (added ? 1 : -1) * deviations * figures::range_of(figure + ".std").high;
    return r;
  }
};

/// "'at_least' is 85; accuracy@1d lies between 0 and 1 (a fraction: 85 % are 0.85)".
std::string beyond(const char* key, double value, const Counted& counted) {
  const figures::Range range = counted.range();
  const std::string what =
      counted.figure + (counted.deviations > 0
                            ? fmt::format(" {} {:g} std", counted.added ? "+" : "-", counted.deviations)
                            : "");
  const std::string where = std::isinf(range.high)
                                ? fmt::format("is always above {:g}", range.low)
                                : fmt::format("lies between {:g} and {:g}", range.low, range.high);
  const bool percent = figures::is_accuracy(counted.figure) && value > 1 && value <= 100;
  return fmt::format("'{}' is {}; {} {}{}", key, common::format_double(value), what, where,
                     percent ? fmt::format(" (it is a fraction: {:g} % are {:g})", value, value / 100) : "");
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
    if (o.reference) reference_.push_back(sign_of(o.goal) * *o.reference);
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
  check_values(loaded, diagnostics);
}

void Judge::check_values(const LoadedSettings& loaded, common::Diagnostics& diagnostics) const {
  for (std::size_t i = 0; i < objectives_.size(); ++i) {
    const Objective& o = objectives_[i];
    if (!o.reference) continue;
    const bool maximised = o.goal == Goal::Maximise;
    const Counted counted{o.figure, o.deviations.value_or(0), !maximised};
    const figures::Range range = counted.range();
    const double best = maximised ? range.high : range.low;
    if (*o.reference < range.low || *o.reference > range.high || *o.reference == best)
      diagnostics.add(loaded.place("objectives", i, "reference"),
                      beyond("reference", *o.reference, counted) +
                          (*o.reference == best ? ", so that nothing is better than that" : ""));
  }
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    const Constraint& c = constraints_[i];
    const auto check = [&](const char* key, const std::optional<double>& bound, bool added) {
      if (!bound) return;
      const Counted counted{c.figure, c.deviations.value_or(0), added};
      const figures::Range range = counted.range();
      const bool never = added && !range.low_occurs && *bound == range.low;
      if (*bound < range.low || *bound > range.high || never)
        diagnostics.add(loaded.place("constraints", i, key), beyond(key, *bound, counted));
    };
    check("at_most", c.at_most, true);
    check("at_least", c.at_least, false);
    for (const Constraint& other : constraints_)
      if (other.figure == c.figure && other.at_most && c.at_least && *c.at_least > *other.at_most)
        diagnostics.add(
            loaded.place("constraints", i, "at_least"),
            fmt::format("'at_least' is {}; another constraint has {} 'at_most' {}",
                        common::format_double(*c.at_least), c.figure, common::format_double(*other.at_most)));
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
    const double sign = sign_of(o.goal);
    const double k = o.deviations.value_or(0);
    score.objectives.push_back(sign * found->second.value +
                               (deviation != nullptr ? k * deviation->value : 0));
    // Mean and deviation of normal samples are independent.
    score.errors.push_back(std::hypot(found->second.error, deviation != nullptr ? k * deviation->error : 0));
  }
  return score;
}

Verdict Judge::judge(const Figures& figures) const {
  Verdict verdict{score(figures), "", {}};
  for (std::size_t i = 0; i < objectives_.size(); ++i)
    if (std::isnan(verdict.score.objectives[i])) add_unknown(verdict, objectives_[i].figure);
  for (const Constraint& c : constraints_) {
    if (!known(c, figures))
      add_unknown(verdict, c.figure);
    else if (const auto e = excess(c, figures))
      add(verdict, *e);
  }
  return verdict;
}

Verdict Judge::judge_early(const Figures& figures, int step) const {
  Verdict verdict{score(figures), "", {}};
  for (const Constraint& c : constraints_) {
    Constraint settled = c;
    if (last_step_.at(c.figure) > step) settled.at_least.reset();
    if (const auto e = excess(settled, figures)) add(verdict, *e);
  }
  return verdict;
}

Verdict Judge::failed(const std::string& failure, const Figures& known) const {
  Verdict verdict{score(known), failure, {}};
  for (const Constraint& c : constraints_)
    if (const auto e = excess(c, known)) verdict.score.violation += e->violation;
  if (verdict.score.violation == 0) verdict.score.violation = kInfinity;
  return verdict;
}

double Judge::in_figure_unit(std::size_t index, double objective) const {
  return sign_of(objectives_.at(index).goal) * objective;
}

}  // namespace phasecore::search
