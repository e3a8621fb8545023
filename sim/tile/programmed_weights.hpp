// A matrix in one array of devices, without converters: weights that drift.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/config/device.hpp"

namespace phasecore::tile {

enum class Mode {
  DevicePairs,  ///< both devices of a pair drift by themselves, as in hardware
  AihwkitTile,  ///< the merged weight is split again after programming, as aihwkit does (analog/aihwkit_tile)
};
/// "device-pairs", "aihwkit-tile"; throws InputError naming what is allowed.
Mode parse_mode(const std::string& text);
const char* name_of(Mode mode);

/// Of pairs of devices, in units of g_max.
struct Weights {
  std::vector<float> merged;    ///< positive less negative
  std::vector<float> negative;  ///< the negative devices alone
};
/// Of devices without any noise: one of each pair is 0.
Weights exact_weights(std::vector<float> merged);

class ProgrammedWeights {
 public:
  virtual ~ProgrammedWeights() = default;
  /// After programming, before any drift or read noise.
  virtual const Weights& programmed() const = 0;
  /// At a time from the end of programming on. The same time gives the same weights.
  virtual Weights read(double time_s) const = 0;
};

/// Which devices, of all that could have been.
struct Programming {
  std::uint64_t seed = 0;
  std::uint32_t instance = 0;
};

/// The epoch of a time's random numbers: it sees the same ones whatever other times are looked at.
std::uint64_t epoch_of(double time_s);

/// `weights`: between -1 and 1, the largest of which is g_max.
std::unique_ptr<ProgrammedWeights> program(Mode mode, const config::Device& device,
                                           const std::vector<float>& weights, const Programming& which);

}  // namespace phasecore::tile
