// Small worlds for the tests of nas/pareto and nas/surrogate.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "common/random.hpp"
#include "nas/pareto/dominance.hpp"
#include "nas/pareto/engine.hpp"

namespace phasecore::test {

/// Random points; with `grid` > 0 of integers below it, so that ties are common.
inline std::vector<pareto::Point> random_points(std::uint64_t seed, std::size_t count, std::size_t dimensions,
                                                std::uint32_t grid = 0) {
  const common::RandomKey key{seed};
  std::vector<pareto::Point> points(count, pareto::Point(dimensions));
  std::uint64_t address = 0;
  for (auto& point : points)
    for (double& value : point)
      value = grid > 0 ? common::uniform_index(key, address++, grid)
                       : common::uniform_index(key, address++, 1u << 24) / double(1u << 24);
  return points;
}

/// Like a space of networks: gene 0 says how many of the last three genes have an effect; genes 0, 1, 3, 4, 5
/// are ordered; gene 2 is categorical. Some genotypes do not exist.
class ToyDomain : public pareto::Domain {
 public:
  explicit ToyDomain(int choices = 4) : choices_(choices) {}
  int genes() const override { return 6; }
  int choices(int gene) const override { return gene == 0 ? 3 : choices_; }
  bool ordered(int gene) const override { return gene != 2; }
  bool has_effect(const pareto::Genes& genes, int gene) const override {
    return gene < 3 || gene - 3 <= genes.at(0);
  }
  pareto::Genes canonical(const pareto::Genes& genes) const override {
    pareto::Genes all = genes;
    for (int g = 3; g < 6; ++g)
      if (!has_effect(genes, g)) all.at(static_cast<std::size_t>(g)) = 0;
    return all;
  }
  bool exists(const pareto::Genes& canonical) const override {
    return (canonical[1] + canonical[3]) % 5 != 4;
  }

  /// Every existing canonical genotype.
  std::vector<pareto::Genes> all() const {
    std::vector<pareto::Genes> found;
    pareto::Genes genes(6, 0);
    for (std::size_t g = 0; g < genes.size();) {
      if (canonical(genes) == genes && exists(genes)) found.push_back(genes);
      for (g = 0; g < genes.size(); genes[g++] = 0)
        if (++genes[g] < choices(static_cast<int>(g))) break;
    }
    return found;
  }

 private:
  int choices_;
};

/// Two objectives in conflict: gain against size; feasible up to a size.
inline pareto::Score toy_score(const ToyDomain& domain, const pareto::Genes& genes, double largest = 1e9) {
  static const double kind[] = {0.3, 0.0, 0.9, 0.5, 0.1, 0.7, 0.2, 0.4};
  double size = 1 + genes[1], gain = 0.5 * genes[1] + 2 * kind[genes[2] % 8];
  for (int g = 3; g < 6; ++g)
    if (domain.has_effect(genes, g)) {
      size += 1 + genes[static_cast<std::size_t>(g)];
      gain += 1.1 * std::sqrt(1.0 + genes[static_cast<std::size_t>(g)]) +
              (genes[2] % 2 == 0 ? 0.2 : 0) * genes[1];
    }
  pareto::Score score;
  score.objectives = {-gain, size};
  score.violation = size > largest ? (size - largest) / largest : 0;
  return score;
}

}  // namespace phasecore::test
