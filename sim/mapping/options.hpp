// The ways in which a layer can be computed, with what each costs: the first phase of the mapping compiler.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/config/chip.hpp"
#include "sim/mapping/pack.hpp"
#include "sim/mapping/pool_cut.hpp"
#include "sim/mapping/stage.hpp"

namespace phasecore::mapping {

/// How a stage keeps up with what it reads, row by row of its first input.
struct Pace {
  int in_rows = 1, first_rows = 1;  ///< of the input, and of them what the first firing sees
  double behind = 1;                ///< share of the firings that see the last one
  int token_rows = 1;               ///< of the output, that come together
};

/// One of them (tiles of pixels: see Sharing). The replicas of a layer in digital units are parts of its
/// channels: as many firings, each as much shorter.
struct Option {
  int tile_h = 1, tile_w = 1;
  PoolCut pool;                          ///< how a fused pool is taken apart
  int rows = 0, columns = 0;             ///< of that matrix; 0 in a digital unit
  bool tiles_of_groups = false;          ///< of several pixels, of a grouped convolution
  int row_parts = 1, column_parts = 1;   ///< into which it is cut
  bool digital = false;                  ///< in a core's digital unit
  int rest_cores = 0;                    ///< the rest of a pool has cores of its own
  int rest_parts = 1;                    ///< of its channels: as many cores
  int firings = 0;                       ///< per image, of all replicas together
  int together = 1;                      ///< firings in a row that one replica computes
  int most_replicas = 1;                 ///< more have nothing to do
  int given_replicas = 0;                ///< not 0: neither more nor less
  common::Picoseconds period_ps = 0;     ///< from firing to firing of one replica
  common::Picoseconds rest_ps = 0;       ///< per image, what each core that pools the rest works
  common::Attojoules firing_energy = 0;  ///< of all its cores
  common::Attojoules rest_energy = 0;    ///< per image, of these cores
  std::vector<Piece> parts;              ///< of one replica; their time is `period_ps` per firing
  std::int64_t rest_bytes = 0;           ///< of each
  Pace pace;

  int channels = 0;      ///< of a layer in digital units that may be cut; 0: not cut
  bool on_host = false;  ///< no core, no time
  int cores_of(int replicas) const { return on_host ? 0 : row_parts * column_parts * replicas + rest_cores; }
  common::Attojoules image_energy() const { return firings * firing_energy + rest_energy; }
  /// Per image, of all cores together.
  common::Picoseconds busy_ps() const {
    return firings * period_ps * static_cast<int>(parts.size()) + rest_parts * rest_ps;
  }
  /// The time of an image with so many replicas that share the firings evenly.
  common::Picoseconds interval_ps(int replicas) const;
  /// The fewest replicas that need no more than this for an image; none where one firing takes longer.
  int replicas_within(common::Picoseconds interval_ps) const;
  /// What so many replicas ask of cores: parts, replica by replica, then the rest of the pool if there is
  /// one.
  std::vector<Piece> pieces(int replicas) const;
  /// A firing of so many channels.
  common::Picoseconds of_channels(int count) const;
};

/// Does each of its kernels see one channel alone?
bool is_depthwise(const MvmWork& mvm);

/// Where the rest of a stage's pool is computed, should it be cut.
struct RestPlace {
  bool own_core = true;               ///< else with a core that has this to do besides:
  common::Picoseconds beside_ps = 0;  ///< per image
  int most_parts = 1;                 ///< of its channels, that serve
  int parts = 0;                      ///< of them, where that is given
};

struct OptionRules {
  bool windows = true;             ///< tiles of several pixels
  bool digital_depthwise = false;  ///< depthwise convolutions in a digital unit
  int channel_parts = 1;           ///< at most, of a layer in digital units
  RestPlace rest = {};
};

/// All that could be best for some number of cores and some interval: none has a rival that needs no more
/// cores, no more time per image, and no more energy. The first is today's, one pixel in crossbars.
std::vector<Option> options(const Stage& stage, const config::Chip& chip, const OptionRules& rules = {});

/// The layer as it is to be; tiles and the pool's cut must be possible.
Option option(const Stage& stage, const config::Chip& chip, const Sharing& sharing, const PoolCut& cut,
              const RestPlace& rest);

}  // namespace phasecore::mapping
