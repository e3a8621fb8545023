// The static scales of a mapped network: which real value one INT8 code of each stage stands for.
#pragma once

#include <string>
#include <vector>

#include "models/graph/fold.hpp"
#include "models/graph/infer.hpp"
#include "sim/config/chip.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::numerics {

/// Static INT8 scales: real value of one code. FP16 logits have no code: their step may be 0.
struct Calibration {
  float input_step = 0;
  std::vector<float> output_step;                ///< per stage
  std::vector<std::vector<float>> partial_step;  ///< per stage and chain position (all but the last): one
                                                 ///< scale per layer and chain position
  std::vector<double> line_range;     ///< per stage, see line_ranges(); empty unless adc.range: calibrated
  bool exact_lines = false;           ///< converters of any range and resolution: to measure ranges
  std::vector<std::string> warnings;  ///< layers whose float values cannot all be measured
};

/// Ranges from the network's metadata, else the 99.9th percentile of |value| over the calibration images
/// (float network); partial sums always from the images. `images` may be empty only if no range is missing
/// and no stage has more than one chain position; otherwise InputError. Values that are infinite or NaN are
/// left out, with a warning.
Calibration calibrate(const graph::FoldedNetwork& network, const mapping::Mapping& mapping,
                      const config::Chip& chip, const graph::Batch& images);

}  // namespace phasecore::numerics
