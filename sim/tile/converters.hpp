// The converters around one array, in units of weight 1 (= g_max) times input 1, as aihwkit counts them.
#pragma once

#include <optional>
#include <string>

#include "sim/analog/aihwkit_mvm.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::tile {

/// What the inputs are multiplied by before they meet the DAC, and outputs divided by.
enum class InputScale {
  None,     ///< nothing: inputs beyond +-1 are clipped
  Largest,  ///< one factor for all, by which the largest of all becomes 1
  AbsMax,   ///< of each vector its own (aihwkit's noise management ABS_MAX)
};
/// "none", "largest", "abs-max"; throws InputError naming what is allowed.
InputScale parse_input_scale(const std::string& text);
const char* name_of(InputScale scale);

struct Converters {
  int dac_bits = 8, adc_bits = 8;        ///< 0: perfect; a DAC of n bits has 2^n - 2 steps between -1 and 1
  std::optional<double> out_bound = 10;  ///< none: outputs are not bounded, and not rounded
  double out_noise = 0;                  ///< standard deviation, fresh for every output
  bool iterative_bound = false;          ///< a vector whose outputs reach the bound is repeated, halved
  bool ir_drop = false;
  /// Outputs that one phase and polarity carry at most; none: any.
  std::optional<double> line_limit = std::nullopt;
  config::ReadMode read_mode = config::ReadMode::FourPhase;
  double polarity_error = 0;  ///< of 1-phase reading
  InputScale input_scale = InputScale::None;
  /// Instead of out_bound: a bound that covers this share of the exact outputs.
  std::optional<double> out_quantile = std::nullopt;
};

/// Throws InputError with all that is wrong.
void check(const Converters& converters);

analog::AihwkitIo io_of(const Converters& converters, double g_max_us);
/// Neither rounding nor bounds nor noise.
analog::AihwkitIo perfect_io();

}  // namespace phasecore::tile
