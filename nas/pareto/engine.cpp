#include "nas/pareto/engine.hpp"

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "nas/pareto/engine_base.hpp"

namespace phasecore::pareto {

EngineBase::EngineBase(const Domain& domain, const EngineSettings& settings, std::string_view name)
    : domain_(domain), settings_(settings), known_(domain), draws_(settings.seed, name) {}

std::vector<Genes> EngineBase::ask(int count) {
  common::ensure(count >= 1, "ask: at least one genotype");
  std::vector<Genes> asked = propose(count);
  common::ensure(static_cast<int>(asked.size()) <= count, "ask: more genotypes than wanted");
  return asked;
}

void EngineBase::tell(const std::vector<Evaluated>& evaluated) {
  for (const auto& [genes, score] : evaluated) {
    common::ensure(told_.insert(genes).second, "tell: a genotype was told before");
    known_.add(genes);
    common::ensure(!std::isnan(score.violation) && score.violation >= 0, "tell: a violation is 0 or more");
    if (score.violation > 0) continue;
    common::ensure(!score.objectives.empty() && (objectives_ == 0 || score.objectives.size() == objectives_),
                   "tell: the number of objectives changed");
    common::ensure(score.errors.empty() || score.errors.size() == score.objectives.size(),
                   "tell: one error per objective");
    for (const double objective : score.objectives)
      common::ensure(std::isfinite(objective), "tell: a feasible genotype has finite objectives");
    objectives_ = score.objectives.size();
    squared_errors_.resize(objectives_, 0);
    for (std::size_t i = 0; i < score.errors.size(); ++i)
      squared_errors_[i] += score.errors[i] * score.errors[i];
    ++feasible_;
  }
  learn(evaluated);
}

Point EngineBase::epsilon() const {
  Point epsilon = squared_errors_;
  for (double& e : epsilon) e = std::sqrt(e / static_cast<double>(feasible_));
  return epsilon;
}

std::vector<std::size_t> ranked(const std::vector<Evaluated>& members, const Point& epsilon) {
  std::vector<Score> scores;
  for (const Evaluated& member : members) scores.push_back(member.score);
  std::vector<std::size_t> order;
  for (auto& front : sort_fronts(scores, epsilon)) {
    if (scores[front[0]].violation == 0) {
      std::vector<Point> points;
      for (const std::size_t i : front) points.push_back(scores[i].objectives);
      const std::vector<double> distance = crowding(points);
      std::vector<std::size_t> by_distance(front.size());
      for (std::size_t i = 0; i < front.size(); ++i) by_distance[i] = i;
      std::stable_sort(by_distance.begin(), by_distance.end(),
                       [&](std::size_t a, std::size_t b) { return distance[a] > distance[b]; });
      for (std::size_t& i : by_distance) i = front[i];
      front = std::move(by_distance);
    }
    order.insert(order.end(), front.begin(), front.end());
  }
  return order;
}

const Algorithms& built_in_algorithms();  // generated from algorithms/*.cpp

Algorithms& algorithms() {
  static Algorithms all = built_in_algorithms();
  return all;
}

void Algorithms::add(const std::string& name, EngineMaker make) {
  const std::vector<std::string> known = names();
  common::ensure(std::find(known.begin(), known.end(), name) == known.end(),
                 "there are two algorithms '" + name + "'");
  list_.emplace_back(name, std::move(make));
}

std::vector<std::string> Algorithms::names() const {
  std::vector<std::string> names;
  for (const auto& [name, make] : list_) names.push_back(name);
  return names;
}

const EngineMaker& Algorithms::find(const std::string& name) const {
  std::string list;
  for (const auto& [known, make] : list_) {
    if (known == name) return make;
    list += (list.empty() ? "" : ", ") + known;
  }
  throw common::InputError("there is no algorithm '" + name + "'; allowed are " + list +
                           common::did_you_mean(name, names()));
}

std::unique_ptr<Engine> make_engine(const std::string& algorithm, const Domain& domain,
                                    const EngineSettings& settings, Prescreen prescreen) {
  const EngineMaker& make = algorithms().find(algorithm);
  common::Diagnostics wrong;
  if (settings.population < 2) wrong.add({}, "population must be at least 2");
  if (!(settings.crossover_rate >= 0 && settings.crossover_rate <= 1))
    wrong.add({}, "crossover_rate must be within 0 and 1");
  if (!(settings.mutation_rate > 0)) wrong.add({}, "mutation_rate must be above 0");
  if (settings.oversupply < 1) wrong.add({}, "oversupply must be at least 1");
  wrong.raise_if_any();
  return make(domain, settings, std::move(prescreen));
}

}  // namespace phasecore::pareto
