#include "nas/sweep/sweep.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "nas/pareto/dominance.hpp"
#include "nas/pareto/indicators.hpp"
#include "nas/sweep/evaluator.hpp"

namespace phasecore::sweep {
namespace {

/// Points that differ in one key alone, by what they share.
using Groups = std::map<std::vector<int>, std::vector<std::size_t>>;

Groups groups_of(const Problem& problem, const Result& result, std::size_t key) {
  Groups groups;
  for (std::size_t p = 0; p < problem.points.choices.size(); ++p) {
    if (!result.evaluations[p].failure.empty()) continue;
    std::vector<int> rest = problem.points.choices[p];
    rest[key] = -1;
    groups[rest].push_back(p);
  }
  return groups;
}

std::string commonest(const std::map<std::string, int>& counts) {
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? "" : most->first;
}

Effect effect_of(const Problem& problem, const Result& result, std::size_t key, const std::string& name) {
  Effect effect{problem.points.keys[key].key, name, 0, 0, 0, 0, "", ""};
  std::map<std::string, int> lowest, highest;
  double squares = 0, level = 0;
  for (const auto& [rest, points] : groups_of(problem, result, key)) {
    std::vector<std::pair<figures::Figure, std::size_t>> values;
    for (const std::size_t p : points)
      if (const auto found = result.evaluations[p].figures.find(name);
          found != result.evaluations[p].figures.end())
        values.emplace_back(found->second, p);
    if (values.size() < 2) continue;
    const auto less = [](const auto& a, const auto& b) { return a.first.value < b.first.value; };
    const auto [low, high] = std::minmax_element(values.begin(), values.end(), less);
    ++effect.groups;
    effect.range += high->first.value - low->first.value;
    squares += std::pow(low->first.error, 2) + std::pow(high->first.error, 2);
    for (const auto& [figure, unused] : values)
      level += std::abs(figure.value) / static_cast<double>(values.size());
    if (!less(*low, *high)) continue;  // nothing moved: no value is the lowest
    ++lowest[problem.built[low->second].words[key]];
    ++highest[problem.built[high->second].words[key]];
  }
  if (effect.groups == 0) return effect;
  effect.relative = level > 0 ? effect.range / level : 0;
  effect.range /= effect.groups;
  effect.error = std::sqrt(squares) / effect.groups;
  effect.low = commonest(lowest);
  effect.high = commonest(highest);
  return effect;
}

std::vector<Effect> effects_of(const Problem& problem, const Result& result) {
  std::vector<Effect> all;
  for (const auto& figure : problem.settings.objectives) {
    const auto first = static_cast<std::ptrdiff_t>(all.size());
    for (std::size_t k = 0; k < problem.points.keys.size(); ++k)
      all.push_back(effect_of(problem, result, k, figure));
    std::stable_sort(all.begin() + first, all.end(),
                     [](const Effect& a, const Effect& b) { return a.range > b.range; });
  }
  return all;
}

std::vector<std::string> figures_of(const Problem& problem, const Result& result) {
  std::set<std::string> found;
  for (const auto& e : result.evaluations)
    for (const auto& [name, unused] : e.figures) found.insert(name);
  std::vector<std::string> ordered;
  for (const auto& kind : problem.catalogue.kinds())
    for (const auto& name : found)
      if (problem.catalogue.find(name) == &kind) ordered.push_back(name);
  for (const auto& name : found)
    if (problem.catalogue.find(name) == nullptr) ordered.push_back(name);
  return ordered;
}

void describe_front(const Problem& problem, Result& result) {
  std::vector<pareto::Score> scores;
  for (std::size_t p = 0; p < result.evaluations.size(); ++p) {
    const archive::Evaluation& e = result.evaluations[p];
    pareto::Score score;
    result.reasons.push_back(e.failure);
    for (const auto& name : problem.settings.objectives) {
      const auto found = e.figures.find(name);
      if (found == e.figures.end() && result.reasons[p].empty())
        result.reasons[p] = "'" + name + "' is not modelled there";
      const double sign = problem.catalogue.better(name) == figures::Better::Higher ? -1 : 1;
      score.objectives.push_back(found == e.figures.end() ? std::numeric_limits<double>::quiet_NaN()
                                                          : sign * found->second.value);
      score.errors.push_back(found == e.figures.end() ? 0 : found->second.error);
    }
    if (!result.reasons[p].empty()) score.violation = std::numeric_limits<double>::infinity();
    scores.push_back(std::move(score));
  }
  result.front = pareto::front(scores, pareto::pooled_errors(scores));
  std::vector<pareto::Point> members;
  for (const std::size_t p : result.front) members.push_back(scores[p].objectives);
  if (!members.empty()) result.knee = result.front[pareto::knee(members)];
}

}  // namespace

Result run(const Problem& problem, archive::Archive& archive, evaluate::Pool& pool,
           const std::function<void(std::size_t done)>& progress, const std::function<bool()>& stop) {
  const std::string fidelity = name_of(PointEvaluator(problem).fidelity(0));
  std::vector<evaluate::Job> jobs;
  for (const auto& choices : problem.points.choices)
    if (archive.find(choices, 0) == nullptr) jobs.push_back({choices, 0});
  std::size_t done = problem.points.choices.size() - jobs.size();
  pool.run(
      jobs,
      [&](std::size_t job, const evaluate::Outcome& outcome) {
        archive.store({jobs[job].genes, 0, fidelity, outcome.figures, outcome.failure, outcome.lost});
        if (progress) progress(++done);
      },
      stop);
  Result result;
  for (const auto& choices : problem.points.choices) result.evaluations.push_back(*archive.find(choices, 0));
  result.figures = figures_of(problem, result);
  describe_front(problem, result);
  result.effects = effects_of(problem, result);
  return result;
}

}  // namespace phasecore::sweep
