// The ways in which a layer can be computed, with what each costs: the first phase of the mapping compiler.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/stage.hpp"

namespace phasecore::mapping {

/// One of them. Of a layer in crossbars each replica computes `tile_h` x `tile_w` neighbouring output pixels
/// in one firing: the matrix then has a copy of the kernel for each of them, shifted (Zhang et al., "Shifted
/// and duplicated kernels"), and the rows of the window that they see together. Where a copy does not look,
/// the matrix is zero.
struct Option {
  int tile_h = 1, tile_w = 1;
  int rows = 0, columns = 0;             ///< of that matrix; 0 in a digital unit
  int row_parts = 1, column_parts = 1;   ///< into which it is cut
  bool digital = false;                  ///< in a core's digital unit
  int firings = 0;                       ///< per image, of all replicas together
  int most_replicas = 1;                 ///< more have nothing to do
  common::Picoseconds period_ps = 0;     ///< from firing to firing of one replica
  common::Attojoules firing_energy = 0;  ///< of all its cores

  int cores() const { return row_parts * column_parts; }
  /// The time of an image with so many replicas that share the firings evenly.
  common::Picoseconds interval_ps(int replicas) const;
  /// The fewest replicas that need no more than this for an image; none where one firing takes longer.
  int replicas_within(common::Picoseconds interval_ps) const;
};

struct OptionRules {
  bool windows = true;  ///< tiles of several pixels
};

/// All that could be best for some number of cores and some interval: none has a rival that needs no more
/// cores, no more time per image, and no more energy. The first is today's, one pixel in crossbars.
std::vector<Option> options(const Stage& stage, const config::Chip& chip, const OptionRules& rules = {});

}  // namespace phasecore::mapping
