// Genotypes from nowhere, and the book of those that are known. Inside nas/pareto only.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "nas/pareto/draws.hpp"
#include "nas/pareto/engine.hpp"

namespace phasecore::pareto {

/// Everything ever asked for or told, so that nothing is evaluated twice.
class Known {
 public:
  explicit Known(const Domain& domain) : domain_(domain) {}

  /// Canonical form of `genes` if it exists and is new; it counts as known from then on.
  std::optional<Genes> admit(const Genes& genes);
  /// Whether admit() would return something.
  bool is_new(const Genes& canonical) const {
    return known_.count(canonical) == 0 && domain_.exists(canonical);
  }
  void add(const Genes& canonical) { known_.insert(canonical); }
  /// Makes the genotype admissible again (a child that was not chosen).
  void forget(const Genes& canonical) { known_.erase(canonical); }

 private:
  const Domain& domain_;
  std::set<Genes> known_;
};

/// Latin-hypercube sample (McKay et al. 1979): every gene's choices are spread evenly over `count` genotypes,
/// each gene in an order of its own. Those that do not exist or are known are replaced by random_new().
std::vector<Genes> latin_hypercube(const Domain& domain, int count, Known& known, Draws& draws);

/// Up to `count` new genotypes, every gene uniform. When chance finds nothing any more the domain is counted
/// through; fewer than `count` (for domains of more than 2^22 genotypes: after 100,000 vain draws) means that
/// it is exhausted.
std::vector<Genes> random_new(const Domain& domain, int count, Known& known, Draws& draws);

/// Every existing canonical genotype one step away, new or not: another choice of one gene that has an
/// effect, for ordered genes the next lower or higher one. Without repeats, in gene order.
std::vector<Genes> neighbours(const Domain& domain, const Genes& genes);

}  // namespace phasecore::pareto
