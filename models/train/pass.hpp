// What one forward pass does beside computing the network: the errors of analog hardware, and observers.
#pragma once

#include <torch/types.h>

#include <functional>
#include <map>
#include <string>

#include "models/train/settings.hpp"

namespace phasecore::train {

/// Largest |value| of an activation that a code has to represent, by the name of the layer that emits it.
using Ranges = std::map<std::string, double>;

struct Pass {
  bool training = false;         ///< batch norms use the batch's statistics instead of the running ones
  bool track_statistics = true;  ///< training: the running statistics follow the batch's
  Reference reference = Reference::Column;
  double weight_noise = 0;  ///< relative to `reference`
  double output_noise = 0;  ///< relative to the range of the activation that the MVM feeds; needs ranges
  int activation_bits = 0;  ///< 0 = float; else needs ranges
  at::Generator noise;      ///< used when weight_noise or output_noise is not 0
  const Ranges* ranges = nullptr;
  std::function<void(const std::string&, const torch::Tensor&)>
      observe;  ///< sees every activation that leaves a core or digital unit, before rounding
};

}  // namespace phasecore::train
