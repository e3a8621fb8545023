// What an output line does to currents beyond adding them up: voltage is lost along its wire, it carries so
// much and no more, and read in one phase it sees devices against the polarity that they are verified with.
// All of it is off by default (docs/model/lines.md).
#pragma once

#include <cstddef>
#include <vector>

#include "sim/analog/integer_gemm.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"

namespace phasecore::analog {

struct LineEffects {
  double wire = 0;  ///< resistance of the wire of a cell times g_max; 0: none
  double limit =
      0;  ///< most that a phase carries in one direction, in fully-on devices at full input; 0: any
  bool one_phase = false;
  double polarity_error = 0;  ///< share that is lost of what flows against the devices' usual polarity

  /// Whether positive and negative devices have to be told apart.
  bool separates() const { return limit > 0 || (one_phase && polarity_error > 0); }
  bool any() const { return wire > 0 || separates(); }
};
/// As the chip's keys say; all off by default.
LineEffects line_effects(const config::Chip& chip, const config::Device& device);

/// What a line carries by sign of the input and sign of the devices, none of them negative. The net current
/// is that of equal signs less that of different ones.
struct LineCurrents {
  double positive = 0, negative = 0;                    ///< of positive inputs
  double positive_of_minus = 0, negative_of_minus = 0;  ///< of negative inputs
};

/// The net current as the lines deliver it: `net` where nothing reaches the limit (in its unit) and there is
/// no polarity error. In 4 phases each of the four is alone on the line; in one, those of equal and those of
/// different signs meet there.
double delivered(const LineEffects& effects, double limit, double net, const LineCurrents& currents);

/// Share of `profile` (see wire_profile()) that is lost where the magnitudes of a line's currents add up to
/// `current` fully-on devices at full input (AIHW, from a fit to circuit simulations).
double lost_share(const LineEffects& effects, int rows, double current);
/// How much of its voltage an input loses: 1 - (1 - row / rows)^2.
double wire_profile(int row, int rows);

/// One array's devices as lines with effects see them, beside their merged codes.
class LineCodes {
 public:
  /// `codes` tell negative devices if effects.separates(); `full`: the sum that one fully-on device at full
  /// input gives. `layout` as that of the merged codes.
  LineCodes(const Conductances& codes, const LineEffects& effects, double full, const RowLayout& layout = {});

  /// `sums`: those of the merged codes, vectors x stride as PackedConductances gives them -> what the lines
  /// deliver. A vector's do not depend on other vectors.
  void apply(const InputVectors& inputs, std::size_t stride, float* sums) const;

 private:
  void separate(const InputVectors& inputs, std::size_t stride, float* sums) const;
  void lose(const InputVectors& inputs, std::size_t stride, float* sums) const;

  LineEffects effects_;
  double full_;
  int rows_;
  std::vector<PackedConductances> merged_, negative_;  ///< none or one
  std::vector<PackedConductances> magnitude_, shaped_;
};

}  // namespace phasecore::analog
