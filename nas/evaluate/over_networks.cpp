#include "nas/evaluate/over_networks.hpp"

#include <cmath>

namespace phasecore::evaluate {

const std::vector<std::string>& over_names() {
  static const std::vector<std::string> kNames = {"worst", "mean", "weighted"};
  return kNames;
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

Outcome together(const std::vector<OfNetwork>& each, Over over, const figures::Catalogue& catalogue) {
  if (each.size() == 1) return each.front().outcome;
  Outcome all;
  std::map<std::string, std::vector<std::pair<figures::Figure, double>>> by_figure;
  for (const auto& [name, weight, outcome] : each) {
    for (const auto& [figure_name, figure] : outcome.figures) {
      by_figure[figure_name].emplace_back(figure, weight);
      all.figures[name + "/" + figure_name] = figure;
    }
    if (outcome.failure.empty() || !all.failure.empty()) continue;
    all.failure = "network '" + name + "': " + outcome.failure;
    all.lost = outcome.lost;
  }
  for (const auto& [name, values] : by_figure)
    if (values.size() == each.size()) all.figures[name] = over_networks(values, over, catalogue.better(name));
  return all;
}

}  // namespace phasecore::evaluate
