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

/// Choices with their sums.
Allocation summed(const LayerOptions& layers, std::vector<Choice> choices);

/// The fewest cores with which an image takes no longer than this; nothing where no choice is that fast.
std::optional<Allocation> fewest_cores(const LayerOptions& layers, common::Picoseconds interval_ps);

/// The least interval that so many cores can have, by bisection, with the fewest cores for it; nothing where
/// they are too few for any choice.
std::optional<Allocation> least_interval(const LayerOptions& layers, int cores);

/// What a core takes beside its firings, in attojoules per picosecond.
struct CorePower {
  double working = 0, waiting = 0;
};

/// Per image, at the allocation's interval.
double energy_aj(const LayerOptions& layers, const Allocation& allocation, const CorePower& power);

/// Of all allocations within cores and interval the one of least energy per image. By dynamic programming
/// over cores.
std::optional<Allocation> least_energy(const LayerOptions& layers, int cores, common::Picoseconds interval_ps,
                                       const CorePower& power);

/// With several tasks on a core.
struct Packed {
  Allocation allocation;     ///< its interval is that of the busiest core
  std::vector<int> core_of;  ///< of each piece (Option::pieces), layer by layer
};

/// Layers choose what takes the least share of a core's time or cells at the room's interval, and are packed.
std::optional<Packed> packed(const LayerOptions& layers, int cores, const Room& room);
/// The least interval at which that fits, by bisection; `room`: all but its time.
std::optional<Packed> least_interval_packed(const LayerOptions& layers, int cores, Room room);
/// The fewest cores, at most so many, on which it fits at the room's interval.
std::optional<Packed> fewest_cores_packed(const LayerOptions& layers, int cores, const Room& room);

}  // namespace phasecore::mapping
