// The evolutionary algorithm of AnalogNAS (Benmeziane et al., arXiv 2305.10459), after the text of the paper:
// a Latin-hypercube population; each iteration the best half, by one scalar objective, is kept and varied;
// the union of what mutation and crossover give joins the population, and the best remain. Networks over the
// parameter limit (and other constraints) rank behind all that keep it.
//
// Ours, because the paper leaves it open or because this is one engine among others: the scalar objective is
// objective 0 (the paper: accuracy at one day over its standard deviation); its mutation probabilities, 0.8
// for depth and width and 0.5 for the rest, are read as the chance that one ordered gene, or one categorical
// gene, takes another choice; mutation and crossover give one child in two each; no genotype is evaluated
// twice; candidates are evaluated, not predicted by a surrogate that was trained before the search. Its front
// is that of everything it evaluated.
#include <algorithm>

#include "nas/pareto/engine_base.hpp"
#include "nas/pareto/variation.hpp"

namespace phasecore::pareto {

namespace {

constexpr double kOrderedMutation = 0.8, kCategoricalMutation = 0.5;

bool better(const Evaluated& a, const Evaluated& b) {
  const double violation_a = a.score.violation, violation_b = b.score.violation;
  if (violation_a > 0 || violation_b > 0) return violation_a < violation_b;
  return a.score.objectives[0] < b.score.objectives[0];
}

class AnalogNas : public EngineBase {
 public:
  AnalogNas(const Domain& domain, const EngineSettings& settings)
      : EngineBase(domain, settings, "analognas") {}

 private:
  std::vector<Genes> propose(int count) override {
    if (population_.empty()) return latin_hypercube(domain(), count, known(), draws());
    const std::size_t best = std::max<std::size_t>(population_.size() / 2, 1);
    const auto parent = [&]() -> const Genes& {
      return population_[static_cast<std::size_t>(draws().index(best))].genes;
    };
    constexpr int kVainPerChild = 100;
    std::vector<Genes> children;
    for (int attempt = 0; static_cast<int>(children.size()) < count && attempt < kVainPerChild * count;
         ++attempt) {
      const Genes& a = parent();
      if (auto fresh = known().admit(attempt % 2 == 0 ? mutant(a) : crossed(a, parent(), draws())))
        children.push_back(std::move(*fresh));
    }
    for (Genes& genes : random_new(domain(), count - static_cast<int>(children.size()), known(), draws()))
      children.push_back(std::move(genes));
    return children;
  }

  void learn(const std::vector<Evaluated>& evaluated) override {
    population_.insert(population_.end(), evaluated.begin(), evaluated.end());
    std::stable_sort(population_.begin(), population_.end(), better);
    if (static_cast<int>(population_.size()) > settings().population)
      population_.resize(static_cast<std::size_t>(settings().population));
  }

  Genes mutant(Genes genes) {
    for (const bool ordered : {true, false}) {
      std::vector<int> free;
      for (int g = 0; g < domain().genes(); ++g)
        if (domain().choices(g) > 1 && domain().ordered(g) == ordered && domain().has_effect(genes, g))
          free.push_back(g);
      if (free.empty() || !draws().chance(ordered ? kOrderedMutation : kCategoricalMutation)) continue;
      const int gene = free[static_cast<std::size_t>(draws().index(free.size()))];
      auto& choice = genes[static_cast<std::size_t>(gene)];
      choice = other_choice(domain(), gene, choice, draws());
    }
    return genes;
  }

  std::vector<Evaluated> population_;  ///< best first
};

}  // namespace

void register_analognas(Algorithms& table) {
  table.add("analognas", [](const Domain& domain, const EngineSettings& settings, const Prescreen&) {
    return std::make_unique<AnalogNas>(domain, settings);
  });
}

}  // namespace phasecore::pareto
