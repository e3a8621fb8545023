// NSGA-II (Deb, Pratap, Agarwal, Meyarivan, IEEE TEC 6(2), 2002) with constraint domination, as published but
// for: genes and operators that follow the domain instead of real numbers; a Latin-hypercube start; no
// genotype twice, measured to be worth more than anything else on discrete domains; dominance under noise
// (dominance.hpp); all non-dominated genotypes ever told stay parents, however many they are; and, with a
// prescreen, an oversupply of children, to which the untried neighbours of the front are added.
#include <algorithm>

#include "nas/pareto/engine_base.hpp"
#include "nas/pareto/variation.hpp"

namespace phasecore::pareto {

namespace {

class Nsga2 : public EngineBase {
 public:
  Nsga2(const Domain& domain, const EngineSettings& settings, Prescreen prescreen)
      : EngineBase(domain, settings, "nsga2"), prescreen_(std::move(prescreen)) {}

 private:
  std::vector<Genes> propose(int count) override {
    if (parents_.empty()) return latin_hypercube(domain(), count, known(), draws());
    const auto keep = static_cast<std::size_t>(count);
    std::vector<Genes> children =
        bred(prescreen_ ? keep * static_cast<std::size_t>(settings().oversupply) : keep);
    if (prescreen_) add_neighbours(children);
    if (children.size() <= keep) {
      for (Genes& genes : random_new(domain(), count - static_cast<int>(children.size()), known(), draws()))
        children.push_back(std::move(genes));
      return children;
    }
    return chosen(std::move(children), keep);
  }

  void learn(const std::vector<Evaluated>& evaluated) override {
    parents_.insert(parents_.end(), evaluated.begin(), evaluated.end());
    const std::vector<std::size_t> order = ranked(parents_, epsilon());
    std::vector<Score> scores;
    for (const Evaluated& parent : parents_) scores.push_back(parent.score);
    front_ = front(scores, epsilon()).size();
    std::vector<Evaluated> best;
    for (std::size_t i = 0; i < order.size(); ++i)
      if (i < std::max(front_, static_cast<std::size_t>(settings().population)))
        best.push_back(parents_[order[i]]);
    parents_ = std::move(best);
  }

  /// Up to `count` new children; fewer when the parents have hardly any left.
  std::vector<Genes> bred(std::size_t count) {
    constexpr std::size_t kVainPerChild = 20;
    std::vector<Genes> children;
    for (std::size_t attempt = 0; children.size() < count && attempt < kVainPerChild * count; ++attempt) {
      const Genes& a = parent();
      const bool crossing = draws().chance(settings().crossover_rate);
      Genes child = crossing ? crossed(a, parent(), draws()) : a;
      const bool copy = child == a;
      if (auto fresh =
              known().admit(mutated(domain(), std::move(child), settings().mutation_rate, copy, draws())))
        children.push_back(std::move(*fresh));
    }
    return children;
  }

  /// The untried neighbours of the front, at most as many as there are children; of a long front those of
  /// members drawn at random.
  void add_neighbours(std::vector<Genes>& children) {
    const std::size_t most = 2 * children.size();
    for (const std::size_t i : draws().shuffled(front_))
      for (const Genes& neighbour : neighbours(domain(), parents_[i].genes)) {
        if (children.size() >= most) return;
        if (auto fresh = known().admit(neighbour)) children.push_back(std::move(*fresh));
      }
  }

  std::vector<Genes> chosen(std::vector<Genes> children, std::size_t keep) {
    std::vector<Genes> kept;
    for (const std::size_t i : prescreen_(children, keep)) kept.push_back(children.at(i));
    for (const Genes& child : children) known().forget(child);
    for (const Genes& child : kept) known().add(child);
    return kept;
  }

  /// Binary tournament; parents_ are in order of rank and crowding.
  const Genes& parent() {
    const int a = draws().index(parents_.size()), b = draws().index(parents_.size());
    return parents_[static_cast<std::size_t>(std::min(a, b))].genes;
  }

  Prescreen prescreen_;
  std::vector<Evaluated> parents_;  ///< best first
  std::size_t front_ = 0;           ///< that many of them are feasible and not dominated
};

}  // namespace

void register_nsga2(Algorithms& table) {
  table.add("nsga2", [](const Domain& domain, const EngineSettings& settings, Prescreen prescreen) {
    return std::make_unique<Nsga2>(domain, settings, std::move(prescreen));
  });
}

}  // namespace phasecore::pareto
