#include "nas/sweep/evaluator.hpp"

#include <cmath>

namespace phasecore::sweep {

PointEvaluator::PointEvaluator(const Problem& problem) : problem_(problem) {
  for (std::size_t p = 0; p < problem.points.choices.size(); ++p) numbers_[problem.points.choices[p]] = p;
}

evaluate::Fidelity PointEvaluator::fidelity(int) const {
  return problem_.settings.engine == run::Engine::Analytic ? evaluate::Fidelity::Analytic
                                                           : evaluate::Fidelity::Cycle;
}

std::vector<std::string> PointEvaluator::figures(int) const {
  std::vector<std::string> names;
  for (const auto& kind : problem_.catalogue.kinds()) names.push_back(kind.name);
  return names;
}

figures::Figures PointEvaluator::measured(const Point& point, const Member& member) const {
  run::Options options;
  options.engine = problem_.settings.engine;
  options.seed = static_cast<std::uint64_t>(problem_.settings.seed);
  options.accuracy.times_s = problem_.times_s;
  options.accuracy.instances = problem_.settings.instances;
  options.accuracy.compensation = point.compensation;
  options.accuracy.layer_figures = false;
  const Loaded& loaded = *member.loaded;
  return evaluate::figures_of(
      run::simulate(loaded.network, *point.chip, point.device, loaded.data ? &*loaded.data : nullptr, options,
                    chips_of_process_.get()),
      problem_.measures);
}

evaluate::Outcome PointEvaluator::evaluate(const std::vector<int>& genes, int) const {
  const Point& point = problem_.built.at(numbers_.at(genes));
  evaluate::Outcome outcome;
  std::map<std::string, std::vector<std::pair<figures::Figure, double>>> by_figure;
  for (const Member& member : point.members) {
    try {
      for (const auto& [name, figure] : measured(point, member)) {
        by_figure[name].emplace_back(figure, member.weight);
        if (point.members.size() > 1) outcome.figures[member.name + "/" + name] = figure;
      }
    } catch (const common::InputError& e) {
      outcome.figures.clear();
      outcome.failure =
          (point.members.size() > 1 ? "network '" + member.name + "': " : "") + evaluate::on_one_line(e);
      return outcome;
    }
  }
  for (const auto& [name, each] : by_figure)
    if (each.size() == point.members.size())
      outcome.figures[name] =
          over_networks(each, problem_.settings.over_networks, problem_.catalogue.better(name));
  return outcome;
}

figures::Figure over_networks(const std::vector<std::pair<figures::Figure, double>>& each, Over over,
                              figures::Better better) {
  if (over == Over::Worst) {
    figures::Figure worst = each.at(0).first;
    for (const auto& [figure, unused] : each)
      if (better == figures::Better::Higher ? figure.value < worst.value : figure.value > worst.value)
        worst = figure;
    return worst;
  }
  double sum = 0, weights = 0, squares = 0;
  for (const auto& [figure, given] : each) {
    const double weight = over == Over::Weighted ? given : 1;
    sum += weight * figure.value;
    weights += weight;
    squares += weight * weight * figure.error * figure.error;
  }
  return {sum / weights, std::sqrt(squares) / weights};
}

}  // namespace phasecore::sweep
