#include "nas/pareto/sampling.hpp"

#include <algorithm>
#include <cstdlib>

namespace phasecore::pareto {

namespace {

constexpr int kVainDraws = 2000;         ///< after which a small domain is counted through
constexpr int kVainDrawsLarge = 100000;  ///< after which a large one counts as exhausted
constexpr double kCountable = 1 << 22;

Genes uniform(const Domain& domain, Draws& draws) {
  Genes genes(static_cast<std::size_t>(domain.genes()));
  for (int g = 0; g < domain.genes(); ++g)
    genes[static_cast<std::size_t>(g)] = draws.index(static_cast<std::size_t>(domain.choices(g)));
  return genes;
}

/// Everything new that there is, in counting order.
std::vector<Genes> rest(const Domain& domain, Known& known) {
  std::vector<Genes> found;
  Genes genes(static_cast<std::size_t>(domain.genes()), 0);
  for (std::size_t g = 0; g < genes.size();) {
    if (auto fresh = known.admit(genes)) found.push_back(std::move(*fresh));
    for (g = 0; g < genes.size(); genes[g++] = 0)  // counts on: the last choice starts again and carries over
      if (++genes[g] < domain.choices(static_cast<int>(g))) break;
  }
  for (const Genes& canonical : found) known.forget(canonical);
  return found;
}

}  // namespace

std::optional<Genes> Known::admit(const Genes& genes) {
  Genes canonical = domain_.canonical(genes);
  if (known_.count(canonical) > 0 || !domain_.exists(canonical)) return std::nullopt;
  known_.insert(canonical);
  return canonical;
}

std::vector<Genes> latin_hypercube(const Domain& domain, int count, Known& known, Draws& draws) {
  const auto size = static_cast<std::size_t>(count);
  std::vector<Genes> plan(size, Genes(static_cast<std::size_t>(domain.genes())));
  for (int g = 0; g < domain.genes(); ++g) {
    const auto choices = static_cast<std::size_t>(domain.choices(g));
    // Which choices are taken once more than others where `count` is no multiple is drawn as well.
    const std::vector<std::size_t> order = draws.shuffled(size), names = draws.shuffled(choices);
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t stratum =
          domain.ordered(g) && size >= choices ? i * choices / size : names[i % choices];
      plan[order[i]][static_cast<std::size_t>(g)] = static_cast<int>(stratum);
    }
  }
  std::vector<Genes> sample;
  for (const Genes& genes : plan)
    if (auto fresh = known.admit(genes)) sample.push_back(std::move(*fresh));
  for (Genes& genes : random_new(domain, count - static_cast<int>(sample.size()), known, draws))
    sample.push_back(std::move(genes));
  return sample;
}

std::vector<Genes> random_new(const Domain& domain, int count, Known& known, Draws& draws) {
  double size = 1;
  for (int g = 0; g < domain.genes(); ++g) size *= domain.choices(g);
  const int patience = size <= kCountable ? kVainDraws : kVainDrawsLarge;
  std::vector<Genes> sample;
  for (int vain = 0; static_cast<int>(sample.size()) < count && vain < patience;) {
    if (auto fresh = known.admit(uniform(domain, draws))) {
      sample.push_back(std::move(*fresh));
      vain = 0;
    } else {
      ++vain;
    }
  }
  if (static_cast<int>(sample.size()) == count || size > kCountable) return sample;
  const std::vector<Genes> left = rest(domain, known);
  for (const std::size_t i : draws.shuffled(left.size())) {
    if (static_cast<int>(sample.size()) == count) break;
    known.add(left[i]);
    sample.push_back(left[i]);
  }
  return sample;
}

std::vector<Genes> neighbours(const Domain& domain, const Genes& genes) {
  std::vector<Genes> found;
  for (int g = 0; g < domain.genes(); ++g) {
    const auto gene = static_cast<std::size_t>(g);
    if (!domain.has_effect(genes, g)) continue;
    for (int choice = 0; choice < domain.choices(g); ++choice) {
      if (choice == genes[gene] || (domain.ordered(g) && std::abs(choice - genes[gene]) > 1)) continue;
      Genes other = genes;
      other[gene] = choice;
      other = domain.canonical(other);
      if (other != genes && domain.exists(other) &&
          std::find(found.begin(), found.end(), other) == found.end())
        found.push_back(std::move(other));
    }
  }
  return found;
}

}  // namespace phasecore::pareto
