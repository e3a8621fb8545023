// One chip for several networks: what a figure is over all of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nas/evaluate/evaluator.hpp"

namespace phasecore::evaluate {

enum class Over { Worst, Mean, Weighted };
/// As settings files write them, in the order of Over.
const std::vector<std::string>& over_names();

/// Each network's figure and weight (which counts where the mean is weighted).
figures::Figure over_networks(const std::vector<std::pair<figures::Figure, double>>& each, Over over,
                              figures::Better better);

struct OfNetwork {
  std::string name;
  double weight = 1;
  Outcome outcome;
};

/// "NETWORK/latency_ns" of each of several, and "latency_ns" over those that all of them have. Fails as the
/// first network that does, with its name. One network's outcome stays as it is.
Outcome together(const std::vector<OfNetwork>& each, Over over, const figures::Catalogue& catalogue);

}  // namespace phasecore::evaluate
