// What one forward pass does beside computing the network: the errors of analog hardware, and observers.
#pragma once

#include <torch/types.h>

#include <functional>
#include <map>
#include <string>

#include "models/graph/interlayer.hpp"
#include "nas/train/norm.hpp"
#include "nas/train/settings.hpp"
#include "sim/config/device.hpp"

namespace phasecore::train {

/// Largest |value| that a code has to represent, by the name of the layer that emits it, or by "<layer>.adc"
/// for the sums that the converters of a layer see, in units of the largest weight.
using Ranges = std::map<std::string, double>;
/// A range is never smaller: codes of a layer that is always 0 have a width too.
constexpr double smallest_range = 1e-6;

/// Trained widths of one code (scalars), by the same names.
using Steps = std::map<std::string, torch::Tensor>;

/// As rows of a tile: no column is longer.
constexpr int whole_columns = 1 << 30;

/// By the name of the batch norm.
using NormStatistics = std::map<std::string, NormMoments>;

/// Where values become codes: as on the chip that is trained for.
struct Rounding {
  graph::Interlayer interlayer = graph::Interlayer::Network;
  bool logits_fp16 = true;  ///< the last step's values stay as they are
};

struct Pass {
  bool training = false;         ///< batch norms use the batch's statistics instead of the running ones
  bool track_statistics = true;  ///< training: the running statistics follow the batch's
  /// A Softmax at the very end, which is the host's, passes its logits on: losses take the logarithm of
  /// probabilities themselves.
  bool logits = false;
  NormStatistics* measured = nullptr;  ///< training: takes the batch's statistics
  /// training: batch norms normalise with these instead, so they do not correct what this pass's errors
  /// shift.
  const NormStatistics* statistics = nullptr;
  Reference reference = Reference::Column;
  double weight_noise = 0;                 ///< relative to `reference`, or a factor on the device's errors
  const config::Device* device = nullptr;  ///< whose programming errors weights get; nullptr: Gaussian ones
  double drop_connect = 0;                 ///< share of weights that are 0
  double output_noise = 0;  ///< relative to the range of the activation that the MVM feeds (with converters:
                            ///< to their range); needs ranges
  int activation_bits = 0;  ///< 0 = float; else needs ranges
  ProductFormat products = ProductFormat::Float32;
  Rounding rounding;
  int tile_rows = 0;    ///< 0 = no limit
  int adc_bits = 0;     ///< 0 = converters do not round; else needs ranges
  at::Generator noise;  ///< used where there is noise
  const Ranges* ranges = nullptr;
  const Steps* learned = nullptr;  ///< takes the place of ranges for rounding
  std::function<void(const std::string&, const torch::Tensor&)>
      observe;  ///< sees everything that has a range, before rounding

  bool has_converters() const { return tile_rows > 0 || adc_bits > 0; }
};

}  // namespace phasecore::train
