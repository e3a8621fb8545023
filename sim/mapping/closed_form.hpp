// A mapping with the closed form of its times: what the mapping compiler alone can tell.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/build_program.hpp"
#include "sim/mapping/load.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::mapping {

struct Mapped {
  /// Maps the network. Throws InputError where it cannot be executed or does not fit.
  Mapped(const graph::FoldedNetwork& network, const config::Chip& chip);

  bool is_pipelined() const { return built.waves.empty(); }
  /// Are there recurrent layers? They wait for their own steps, which the closed form does not know: then its
  /// times are lower bounds.
  bool has_loops() const;
  /// From one image to the next.
  common::Picoseconds interval_ps() const;
  /// In which waves a layer that is not pipelined runs, counted from 1: the first and the last; nothing if
  /// the host does it.
  std::optional<std::array<int, 2>> waves_of(int stage) const;
  /// What a stage's share of an image takes: that of the core that has most of it, or in each wave.
  common::Picoseconds time_of(int stage) const;
  /// The layers on the busiest core: "conv1 and conv2".
  std::string bound() const;

  Mapping map;
  BuiltProgram built;
  Loads loads;
};

/// Cores of a stage, replica by replica; none where the host computes it.
std::vector<int> cores_of(const Stage& stage);

/// The interval that the compiler would reach with one core more; nothing where that is no question of cores.
std::optional<common::Picoseconds> with_one_core_more(const graph::FoldedNetwork& network, config::Chip chip,
                                                      const Mapped& mapped);

}  // namespace phasecore::mapping
