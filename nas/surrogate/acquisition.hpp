// Which candidates together promise the largest gain of hypervolume. Inside nas/surrogate only.
#pragma once

#include <vector>

#include "common/random.hpp"
#include "nas/pareto/dominance.hpp"

namespace phasecore::surrogate {

struct Candidates {
  std::vector<pareto::Point> means;  ///< predicted objectives
  std::vector<double> feasible;      ///< believed chance
  pareto::Point deviations;          ///< of what comes true from what was predicted, per objective
};

/// Indices of `keep` candidates, best first.
///
/// Expected gain of hypervolume of the whole batch (q-EHVI; Daulton, Balandat, Bakshy, NeurIPS 2020), by
/// sampled outcomes: mean + deviation * N(0,1), feasible with the believed chance. Chosen greedily: each the
/// one that adds most to those before, so that a batch spreads over the front by itself. `front` are the
/// non-dominated points known; objectives are scaled to its range.
std::vector<std::size_t> most_promising(const std::vector<pareto::Point>& front, const Candidates& candidates,
                                        std::size_t keep, const common::RandomKey& key);

}  // namespace phasecore::surrogate
