// The state of a training run as bytes.
#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

#include "nas/train/recipe.hpp"

namespace phasecore::train {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// The settings as text, but for where the leg ends, which no epoch depends on: it may be moved on resuming.
template <typename Settings>
std::string what_decides(Settings settings) {
  settings.last_epoch.reset();
  return common::dump_fields(settings);
}

/// Refuses a checkpoint that is past the end of the recipe's leg: the file would say that it has seen less.
void check_leg(int epochs_done, const Recipe& recipe, const std::string& file);

/// Settings as text, epochs done, and every tensor the rest of the run depends on.
std::string pack_checkpoint(const std::string& settings, int epochs_done, const NamedTensors& tensors);

/// Copies the values back into `tensors` and returns the epochs done. Throws InputError naming `file` if the
/// bytes are no whole checkpoint, or one made with other settings.
int unpack_checkpoint(const std::string& bytes, const std::string& settings, const std::string& file,
                      const NamedTensors& tensors);

}  // namespace phasecore::train
