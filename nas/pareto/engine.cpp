#include "nas/pareto/engine.hpp"

#include <algorithm>
#include <cmath>

#include "common/diagnostics.hpp"
#include "nas/pareto/analognas.hpp"
#include "nas/pareto/engine_base.hpp"
#include "nas/pareto/local_search.hpp"
#include "nas/pareto/nsga2.hpp"
#include "nas/pareto/random_search.hpp"

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

std::vector<std::string> algorithm_names() {
  return {"nsga2", "random", "local-search", "analognas"};
}

Algorithm algorithm_from(const std::string& name) {
  const std::vector<std::string> names = algorithm_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw common::InputError("there is no algorithm '" + name +
                             "'; allowed are nsga2, random, local-search, analognas" +
                             common::did_you_mean(name, names));
  return static_cast<Algorithm>(found - names.begin());
}

std::unique_ptr<Engine> make_engine(Algorithm algorithm, const Domain& domain, const EngineSettings& settings,
                                    Prescreen prescreen) {
  common::Diagnostics wrong;
  if (settings.population < 2) wrong.add({}, "population must be at least 2");
  if (!(settings.crossover_rate >= 0 && settings.crossover_rate <= 1))
    wrong.add({}, "crossover_rate must be within 0 and 1");
  if (!(settings.mutation_rate > 0)) wrong.add({}, "mutation_rate must be above 0");
  if (settings.oversupply < 1) wrong.add({}, "oversupply must be at least 1");
  wrong.raise_if_any();
  switch (algorithm) {
    case Algorithm::Nsga2:
      return make_nsga2(domain, settings, std::move(prescreen));
    case Algorithm::Random:
      return make_random_search(domain, settings);
    case Algorithm::LocalSearch:
      return make_local_search(domain, settings, std::move(prescreen));
    case Algorithm::AnalogNas:
      return make_analognas(domain, settings);
  }
  throw common::InternalError("make_engine: unknown algorithm");
}

}  // namespace phasecore::pareto
