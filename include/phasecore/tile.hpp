// One crossbar, characterised: how far its matrix-vector products are from exact ones, against time.
#pragma once

#include <optional>
#include <phasecore/basics.hpp>
#include <phasecore/chip.hpp>
#include <string>
#include <vector>

namespace phasecore {
inline namespace v1 {

struct TileOptions {
  std::optional<Array> weights;  ///< outputs x inputs; none: 256 x 256 random ones by the seed
  std::optional<Array> inputs;   ///< vectors x inputs; none: 64 random ones, uniform in -1..1
  std::vector<std::string> times = {"0s", "1h", "1d", "30d", "1y"};  ///< from the end of programming
  int instances = 32;                                                ///< programmings
  std::string mode = "device-pairs";                                 ///< or "aihwkit-tile"
  std::string compensation = "gdc";                                  ///< none, gdc, gdc-column
  int dac_bits = 8, adc_bits = 8;                                    ///< 0: perfect
  /// Largest output, in units of the largest weight times input 1. Absent: 10; none where adc_bits is 0.
  std::optional<double> out_bound;
  /// Instead of out_bound: a bound that so large a share of the exact outputs does not exceed, 0..1.
  std::optional<double> out_quantile;
  double out_noise = 0;              ///< standard deviation of the outputs' noise, in the same unit
  std::string input_scale = "none";  ///< before the DAC: none, largest, abs-max
  bool iterative_bound = false;      ///< vectors whose outputs reach the bound are repeated, halved
  bool ir_drop = false;              ///< voltage lost along the wires
  int seed = 0;
  Watch watch;
};

struct TileReport {
  std::string json;  ///< schema phasecore.tile/1 (docs/tile.md)
  std::string csv;   ///< one row per time
};

/// Throws InputError with what is wrong.
TileReport characterise_tile(const Device& device, const TileOptions& options = {});

}  // namespace v1
}  // namespace phasecore
