// Which option each layer takes, and how many replicas: the second phase of the mapping compiler. Exact:
// every layer's choice costs cores and energy that add up, and the slowest layer sets the interval.
#pragma once

#include <optional>
#include <vector>

#include "sim/mapping/options.hpp"

namespace phasecore::mapping {

/// The options of each layer, in the order of stages.
using LayerOptions = std::vector<std::vector<Option>>;

struct Choice {
  int option = 0, replicas = 1;
  bool operator==(const Choice& o) const { return option == o.option && replicas == o.replicas; }
};

struct Allocation {
  std::vector<Choice> layers;
  int cores = 0;
  common::Picoseconds interval_ps = 0;  ///< of the slowest layer, without waits for others
};

/// The fewest cores with which an image takes no longer than this; nothing where no choice is that fast.
std::optional<Allocation> fewest_cores(const LayerOptions& layers, common::Picoseconds interval_ps);

/// The least interval that so many cores can have, by bisection, with the fewest cores for it; nothing where
/// they are too few for any choice.
std::optional<Allocation> least_interval(const LayerOptions& layers, int cores);

/// Of all allocations within cores and interval the one of least energy per image: firings, and
/// `core_static_aj_per_ps` for every core in use all the time. By dynamic programming over cores.
std::optional<Allocation> least_energy(const LayerOptions& layers, int cores, common::Picoseconds interval_ps,
                                       double core_static_aj_per_ps);

}  // namespace phasecore::mapping
