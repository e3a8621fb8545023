#include "nas/pareto/variation.hpp"

namespace phasecore::pareto {

namespace {

constexpr double kJump = 0.25;

}  // namespace

Genes crossed(const Genes& a, const Genes& b, Draws& draws) {
  Genes child = a;
  for (std::size_t g = 0; g < child.size(); ++g)
    if (draws.index(2) == 1) child[g] = b[g];
  return child;
}

int other_choice(const Domain& domain, int gene, int choice, Draws& draws) {
  const int choices = domain.choices(gene);
  if (choices < 2) return choice;
  if (domain.ordered(gene) && !draws.chance(kJump)) {
    if (choice == 0) return 1;
    if (choice == choices - 1) return choice - 1;
    return choice + (draws.index(2) == 1 ? 1 : -1);
  }
  const int other = draws.index(static_cast<std::size_t>(choices) - 1);
  return other + (other >= choice ? 1 : 0);
}

Genes mutated(const Domain& domain, Genes genes, double rate, bool at_least_one, Draws& draws) {
  std::vector<int> free;
  for (int g = 0; g < domain.genes(); ++g)
    if (domain.choices(g) > 1 && domain.has_effect(genes, g)) free.push_back(g);
  if (free.empty()) return genes;
  bool changed = false;
  const auto change = [&](int g) {
    auto& choice = genes[static_cast<std::size_t>(g)];
    choice = other_choice(domain, g, choice, draws);
    changed = true;
  };
  for (const int g : free)
    if (draws.chance(rate / static_cast<double>(free.size()))) change(g);
  if (at_least_one && !changed) change(free[static_cast<std::size_t>(draws.index(free.size()))]);
  return genes;
}

}  // namespace phasecore::pareto
