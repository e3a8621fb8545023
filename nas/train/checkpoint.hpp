// The state of a training run as bytes.
#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

namespace phasecore::train {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// Settings as text, epochs done, and every tensor the rest of the run depends on.
std::string pack_checkpoint(const std::string& settings, int epochs_done, const NamedTensors& tensors);

/// Copies the values back into `tensors` and returns the epochs done. Throws InputError naming `file` if the
/// bytes are no whole checkpoint, or one made with other settings.
int unpack_checkpoint(const std::string& bytes, const std::string& settings, const std::string& file,
                      const NamedTensors& tensors);

}  // namespace phasecore::train
