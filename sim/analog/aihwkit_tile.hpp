// Weights through devices the way IBM's aihwkit (4545f11) computes them, for comparison with figures
// published with it (`tile --mode aihwkit-tile`): after programming, the merged weight is split again by its
// sign before drift and read noise, so that only one device of a pair drifts. Hardware does not do that;
// ProgrammedArray keeps both devices.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/analog/devices.hpp"

namespace phasecore::analog {

/// Standard normals of one pair each, n of every kind: positive and negative device.
struct TileDraws {
  const float *prog_positive, *prog_negative;
  const float *nu_positive, *nu_negative;
};

class AihwkitTile {
 public:
  /// n weights in any order; g_max stands for the largest |w|.
  AihwkitTile(const config::Device& device, std::size_t n, const float* weights, const TileDraws& z);

  /// Merged weights after programming, before any drift or read noise, in the unit of the weights given.
  const std::vector<float>& programmed() const { return programmed_; }
  const std::vector<float>& nu_positive() const { return nu_positive_; }
  const std::vector<float>& nu_negative() const { return nu_negative_; }

  /// Merged weights at t_inference seconds after programming; n normals per polarity.
  std::vector<float> read(double t_inference_s, const float* z_positive, const float* z_negative) const;

 private:
  config::Device device_;
  std::vector<float> programmed_, nu_positive_, nu_negative_;
};

}  // namespace phasecore::analog
