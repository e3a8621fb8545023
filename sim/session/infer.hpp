// A network's outputs as a mapped chip with its devices computes them, image by image.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/graph/infer.hpp"
#include "models/graph/network.hpp"
#include "sim/analog/compensation.hpp"
#include "sim/config/chip.hpp"
#include "sim/config/device.hpp"

namespace phasecore::session {

struct ChipInference {
  config::Chip chip;
  config::Device device;
  analog::Compensation compensation = analog::Compensation::Gdc;
  graph::Batch calibration_images;  ///< the scales of the chip are measured on them
  double time_s = 0;                ///< from the end of programming
  std::uint32_t instance = 0;       ///< which programming
  std::uint64_t seed = 0;
  int first_image = 0;  ///< the number of the first one, which addresses its output noise
};

struct Inferred {
  graph::Batch outputs;
  std::vector<std::string> warnings;
};

/// One programming instance at one time, and what the host does behind the chip. Throws InputError for what
/// cannot be mapped, and for networks of several inputs.
Inferred infer_on_chip(const graph::Network& network, const graph::Batch& input, const ChipInference& c);

}  // namespace phasecore::session
