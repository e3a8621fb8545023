// One core's arithmetic, the same code for Monte-Carlo accuracy and for the functional chip: INT8 codes in,
// ADC counts out, FP16 affine with partial sums, INT8 out. Every result is a function of one vector alone,
// bit-equal for any batch.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "sim/analog/integer_gemm.hpp"
#include "sim/analog/line_effects.hpp"
#include "sim/analog/output_noise.hpp"

namespace phasecore::analog {

/// The converter of one layer: how sums become counts.
struct Converter {
  int max_count = 0;
  double full_scale =
      0;  ///< sum at max_count, in units of one fully-on device at full input (sum of x/127 * code/levels)
  double output_noise = 0;  ///< standard deviation in the same unit
  double saturation_ua = 0;
  std::optional<adc::Oscillator> oscillator;  ///< none: a straight line
};
/// full_scale = saturation current / (read voltage * g_max), less where chip.adc.range says so: the bound, or
/// `calibrated` (in the same unit; 0: not measured). The converter's noise is a current averaged over
/// the pulse: output_noise holds at chip.reference, and grows as 1 / voltage and 1 / sqrt(pulse).
Converter make_converter(const config::Chip& chip, const config::Device& device, int adc_bits,
                         double calibrated = 0);

/// Largest codes: |input|, and conductance.
struct CodeLimits {
  int input = 0, conductance = 0;
};

/// One crossbar: its codes, and what its lines do to currents beyond adding them up.
struct Crossbar {
  Crossbar(const PackedConductances& codes, const LineCodes* lines = nullptr) : codes(codes), lines(lines) {}
  const PackedConductances& codes;
  const LineCodes* lines;  ///< null: nothing
};

/// Vectors times the array -> count x cols ADC counts (integers stored as float; of an oscillator times the
/// ADC's gain correction).
void multiply(const Crossbar& array, const Converter& converter, const CodeLimits& limits,
              const InputVectors& vectors, const NoiseAddresses& addresses, const NoiseKey& noise,
              float* counts);

/// What the digital unit does with the counts of one core.
struct Affine {
  std::vector<float>
      scale;  ///< per column: one count in real units (weight scale * input scale * compensation)
  std::vector<float> offset;  ///< per column, real units (bias on the last chain position, else 0)
};

float round_fp16(float value);
/// Round to nearest even, saturate at +-max_code.
std::int8_t to_code(float value, float inverse_step, int max_code);

/// value[b][j] = fp16(counts * scale + offset (+ received * received_step)); rows are batch x cols.
void affine(int batch, int cols, const float* counts, const Affine& a, const std::int8_t* received,
            float received_step, float* values);

/// Nothing below `low`, nothing above `high`; without limits nothing changes but NaN, which has no code.
struct Limits {
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
};

/// Codes that are added to values.
struct AddedCodes {
  std::vector<const std::int8_t*> codes;  ///< per input
  std::vector<float> steps;
};

/// FP16 values on their way to codes: clamped, v = fp16(v + code * step) for each input in turn, clamped
/// again, and to_code().
struct Finish {
  Limits first, last;
  float inverse_step = 0;
  int max_code = 0;
};
void finish(const Finish& f, const AddedCodes& added, std::size_t count, const float* values,
            std::int8_t* codes);

}  // namespace phasecore::analog
