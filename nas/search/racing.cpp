#include "nas/search/racing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "nas/evaluate/race_blocks.hpp"
#include "nas/figures/names.hpp"

namespace phasecore::search {
namespace {

bool gives(const evaluate::Evaluator& evaluator, int step, const std::string& figure) {
  const auto names = evaluator.figures(step);
  return std::find(names.begin(), names.end(), figure) != names.end();
}

bool given_before(const evaluate::Evaluator& evaluator, int before, const std::string& figure) {
  for (int step = 0; step < before; ++step)
    if (gives(evaluator, step, figure)) return true;
  return false;
}

double standard_error(const std::vector<double>& values, double mean) {
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const auto n = static_cast<double>(values.size());
  return std::sqrt(squares / (n - 1) / n);
}

}  // namespace

bool can_be_raced(const Objective& objective) {
  const auto time = figure_time_s(objective.figure);
  return !objective.deviations && time && objective.figure == figures::accuracy_at(*time);
}

std::optional<int> race_step_of(const LoadedSettings& loaded, const evaluate::Evaluator& evaluator,
                                common::Diagnostics& diagnostics) {
  std::optional<int> race;
  for (int step = 0; step < evaluator.steps(); ++step)
    if (evaluator.fidelity(step) == evaluate::Fidelity::Race) race = step;
  if (!race) return race;
  const auto& objectives = loaded.settings.objectives;
  for (std::size_t o = 0; o < objectives.size(); ++o)
    if (!can_be_raced(objectives[o]) && !given_before(evaluator, *race, objectives[o].figure))
      diagnostics.add(
          loaded.place("objectives", o, objectives[o].deviations ? "deviations" : "figure"),
          fmt::format("'evaluator.race' compares mean accuracies at a time and what is known "
                      "before any image is seen; '{}'{} is neither",
                      objectives[o].figure, objectives[o].deviations ? " with 'deviations'" : ""));
  if (std::none_of(objectives.begin(), objectives.end(), can_be_raced))
    diagnostics.add(loaded.place("objectives", 0, "figure"),
                    "'evaluator.race' needs an objective that is an accuracy at a time");
  return race;
}

Racing::Racing(const Problem& problem, const archive::Archive& archive, const std::vector<Candidate>& rivals)
    : problem_(problem), archive_(archive), rivals_(rivals) {}

bool Racing::no_worse_where_exact(const Candidate& rival, const Candidate& candidate) const {
  const auto& objectives = problem_.settings.objectives;
  return std::all_of(objectives.begin(), objectives.end(), [&](const Objective& o) {
    if (can_be_raced(o)) return true;
    const auto theirs = rival.figures.find(o.figure), own = candidate.figures.find(o.figure);
    return theirs != rival.figures.end() && own != candidate.figures.end() &&
           sign_of(o.goal) * theirs->second.value <= sign_of(o.goal) * own->second.value;
  });
}

Racing::Lead Racing::lead(const Objective& objective, const Candidate& rival,
                          const Candidate& candidate) const {
  const auto blocks = [&](const Candidate& of) {
    const archive::Evaluation* e = archive_.find(of.genes, *problem_.race_step);
    return e == nullptr ? std::vector<double>() : evaluate::blocks_of(e->figures, objective.figure);
  };
  const std::vector<double> theirs = blocks(rival), own = blocks(candidate);
  common::ensure(theirs.size() == own.size() && !own.empty(), "search: a race without blocks");
  std::vector<double> differences;
  double mean = 0;
  for (std::size_t b = 0; b < own.size(); ++b) {
    differences.push_back(sign_of(objective.goal) * (own[b] - theirs[b]));
    mean += differences.back() / static_cast<double>(own.size());
  }
  const auto spread = rival.figures.find(objective.figure + ".std");
  const double programming = spread == rival.figures.end() ? 0 : spread->second.value;
  return {mean, std::hypot(standard_error(differences, mean), std::sqrt(2.0) * programming)};
}

std::optional<RacedOut> Racing::beaten(const Candidate& rival, const Candidate& candidate,
                                       double least) const {
  const auto& objectives = problem_.settings.objectives;
  RacedOut raced{"", rival.verdict.score};
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    if (!can_be_raced(objectives[o])) {
      raced.score.objectives[o] =
          sign_of(objectives[o].goal) * candidate.figures.at(objectives[o].figure).value;
      continue;
    }
    const Lead behind = lead(objectives[o], rival, candidate);
    if (!(behind.mean > least * behind.error) || !(behind.mean > 0)) return std::nullopt;
    raced.score.objectives[o] += behind.mean;
    raced.score.errors[o] = std::hypot(raced.score.errors[o], behind.error);
    raced.reason +=
        fmt::format("{}{:.2f} ({:.2f}) points of {} behind", raced.reason.empty() ? "raced out: " : ", ",
                    100 * behind.mean, 100 * behind.error, objectives[o].figure);
  }
  raced.reason += fmt::format(" candidate {}, on {} images; in the other objectives no better", rival.id,
                              problem_.settings.evaluator.race->images);
  return raced;
}

std::optional<RacedOut> Racing::out(const Candidate& candidate) const {
  std::vector<const Candidate*> rivals;
  for (const Candidate& rival : rivals_)
    if (no_worse_where_exact(rival, candidate)) rivals.push_back(&rival);
  if (rivals.empty()) return std::nullopt;
  const double level = problem_.settings.evaluator.race->level / static_cast<double>(rivals.size());
  const boost::math::students_t student(evaluate::kRaceBlocks - 1);
  const double least = boost::math::quantile(boost::math::complement(student, level));
  for (const Candidate* rival : rivals)
    if (const auto raced = beaten(*rival, candidate, least)) return raced;
  return std::nullopt;
}

}  // namespace phasecore::search
