// How a digital unit computes activations: clamps at once, other functions of single values by a table of all
// FP16 numbers, so that batch and chip deliver the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/analog/core_pass.hpp"
#include "sim/mapping/stages/activation.hpp"

namespace phasecore::numerics {

class ActivationUnit {
 public:
  /// channels: of the stage's pixels.
  ActivationUnit(const mapping::Activation& activation, int channels);

  /// `count` FP16 values in place; the first one is number `at` of pixel-major images.
  void run(std::ptrdiff_t at, std::size_t count, float* values) const;
  /// Its clamp.
  const analog::Limits& limits() const { return limits_; }
  /// Does it do more than clamp?
  bool has_functions() const { return !table_.empty() || !functions_.empty(); }

 private:
  mapping::Activation clamp_;
  analog::Limits limits_;
  int channels_;
  std::vector<std::uint16_t> table_;          ///< FP16 by FP16; empty where channels differ, or for clamps
  std::vector<mapping::Function> functions_;  ///< where channels differ
};

}  // namespace phasecore::numerics
