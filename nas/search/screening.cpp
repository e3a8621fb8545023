#include "nas/search/screening.hpp"

#include <fmt/format.h>

#include <cmath>

#include "nas/evaluate/genotype.hpp"

namespace phasecore::search {
namespace {

surrogate::Settings surrogate_settings(const Settings& s) {
  surrogate::Settings settings;
  settings.seed = static_cast<std::uint64_t>(s.seed);
  settings.enabled = s.surrogate.enabled;
  settings.from_rows = s.surrogate.from_evaluations;
  settings.min_tau = s.surrogate.minimum_tau;
  settings.window = s.surrogate.window;
  settings.exploration = s.surrogate.exploration;
  return settings;
}

}  // namespace

Screening::Screening(const Problem& problem, archive::Archive& archive)
    : problem_(problem), archive_(archive), surrogate_(surrogate_settings(problem.settings)) {}

pareto::Prescreen Screening::prescreen() {
  if (!problem_.settings.surrogate.enabled) return {};
  return [this](const std::vector<Genes>& children, std::size_t keep) { return select(children, keep); };
}

void Screening::begin_round(int round) {
  round_ = round;
  screened_ = false;
}

void Screening::tell(const std::vector<pareto::Evaluated>& evaluated) {
  if (!problem_.settings.surrogate.enabled || evaluated.empty()) return;
  std::vector<surrogate::Row> rows;
  std::vector<pareto::Score> scores;
  for (const auto& [genes, score] : evaluated) {
    rows.push_back(row(genes));
    scores.push_back(score);
  }
  surrogate_.tell(rows, scores);
}

surrogate::Row Screening::row(const Genes& genes) const {
  const JointDomain& domain = *problem_.domain;
  evaluate::Genotype genotype = evaluate::parts(genes, domain.space());
  const spaces::Cost cost = domain.space().cost(genotype.network);
  surrogate::Row costs = {static_cast<double>(cost.parameters), static_cast<double>(cost.macs),
                          static_cast<double>(cost.depth)};
  if (problem_.settings.surrogate.free_figures.value_or(false))
    for (const auto& [name, figure] : problem_.evaluator->free_figures(genes))
      if (name != "parameters" && name != "macs") costs.push_back(figure.value);
  if (!domain.as_written()) return surrogate::encode(domain, genes, costs);
  // What the network really is tells more than how it is written, but both are known.
  genotype.network = domain.space().canonical(genotype.network);
  return surrogate::encode(domain, genes, surrogate::encode(domain, evaluate::joint(genotype), costs));
}

std::vector<surrogate::Surrogate::Known> Screening::known(const std::vector<Genes>& children) const {
  if (!problem_.settings.surrogate.free_figures.value_or(false)) return {};
  std::vector<surrogate::Surrogate::Known> all;
  for (const Genes& child : children) {
    const Verdict verdict =
        problem_.judge->judge_early(problem_.evaluator->free_figures(child), problem_.judge->deciding_step());
    all.push_back({{}, verdict.score.violation > 0});
    for (const double value : verdict.score.objectives)
      all.back().objectives.push_back(std::isfinite(value) ? std::optional(value) : std::nullopt);
  }
  return all;
}

std::vector<std::size_t> Screening::select(const std::vector<Genes>& children, std::size_t keep) {
  std::vector<surrogate::Row> rows;
  for (const Genes& child : children) rows.push_back(row(child));
  const auto kept = surrogate_.select(rows, keep, known(children));
  if (!surrogate_.active() || kept.size() == children.size()) return kept;
  screened_ = true;
  std::vector<bool> taken(children.size(), false);
  for (const std::size_t i : kept) taken[i] = true;
  const std::string reason =
      fmt::format("surrogate: not among the {} most promising of {} children", keep, children.size());
  std::vector<std::pair<Genes, std::string>> left_out;
  for (std::size_t i = 0; i < children.size(); ++i)
    if (!taken[i]) left_out.emplace_back(children[i], reason);
  archive_.prune(round_, left_out);
  return kept;
}

}  // namespace phasecore::search
