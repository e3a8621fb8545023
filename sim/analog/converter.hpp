// From exact sums to ADC counts: the one elementwise pass behind every product.
#pragma once

#include <vector>

#include "sim/analog/columns.hpp"
#include "sim/analog/core_pass.hpp"

namespace phasecore::analog {

/// The converters of one array's columns. Everything that depends on the chip or the column alone is computed
/// here once, in double; convert() uses floats.
class AdcBank {
 public:
  /// `key` addresses the ADCs' own gains that oscillate.
  AdcBank(const Converter& converter, const CodeLimits& limits, const NoiseKey& key, int cols);

  bool noisy() const { return noise_ > 0; }
  /// Vectors' sums of input code * conductance code -> counts. The normals are not read if !noisy().
  void convert(CountColumns columns) const;
  /// One vector; z: standard normals.
  void convert(const float* sums, const float* z, float* counts) const;

 private:
  bool oscillates_;
  std::size_t cols_;
  float max_count_;
  float sum_to_level_;  ///< counts per unit of the sum; with an oscillator fractions of full scale
  float noise_;         ///< standard deviation, in what sum_to_level_ gives
  // of an oscillator
  float bow_ = 0;                  ///< B * saturation current
  float offset_ = 0;               ///< counts at no current (C)
  float rounded_offset_ = 0;       ///< what the counter shows then
  std::vector<float> raw_full_;    ///< per column: uncorrected counts above the offset at full scale
  std::vector<float> correction_;  ///< per column: the digital gain of the two-point correction
};

}  // namespace phasecore::analog
