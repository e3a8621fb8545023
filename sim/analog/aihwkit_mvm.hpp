// The analog matrix-vector product as IBM's aihwkit (4545f11) computes it, operation by operation in float32,
// for comparison with figures published with it (`tile`). Chips use multiply() in core_pass.hpp: there the
// input range is static and a vector is never repeated.
#pragma once

#include <cstddef>
#include <functional>

#include "sim/analog/line_effects.hpp"

namespace phasecore::analog {

/// Bounds and steps in units of weight 1 (= g_max) times input 1. A bound or resolution <= 0 is switched off.
struct AihwkitIo {
  float input_bound = 1.0f;
  float input_resolution = 1.0f / 254;  ///< of the whole range: step = resolution * 2 * bound
  float output_bound = 10.0f;
  float output_resolution = 1.0f / 254;
  float output_noise = 0.0f;      ///< standard deviation
  bool scale_by_abs_max = false;  ///< noise management ABS_MAX: inputs are divided by their largest magnitude
  bool iterative_bound = false;   ///< bound management ITERATIVE: repeat with halved inputs until it fits
  float max_bound_reduction = 1000;    ///< ... or the reduction exceeds this,
  float max_bound_resolution = 0.25f;  ///< ... or this over the input step
  float ir_drop = 0.0f;                ///< 1 = as aihwkit models it
  float ir_drop_g_ratio = 571428.57f;  ///< 1 / (wire resistance * g_max); aihwkit: 1 / (0.35 ohm * 5 uS)
  LineEffects lines = {};              ///< limit and polarity error, which aihwkit has not; no wire
};

/// Outputs x inputs, row-major, in units of g_max.
struct AihwkitArray {
  int outputs = 0, inputs = 0;
  const float* w = nullptr;         ///< merged
  const float* negative = nullptr;  ///< of the negative devices alone; needed if the lines separate them
};

/// y[b][o] = sum over i of w[o][i] x[b][i], through converters. `normals`
/// fills n standard normals; it is called once per vector and repetition, and only if there is output noise.
void aihwkit_mvm(const AihwkitIo& io, const AihwkitArray& array, int batch, const float* x,
                 const std::function<void(std::size_t n, float* z)>& normals, float* y);

}  // namespace phasecore::analog
