// One sub-matrix in one crossbar: programmed once per instance, read at any time, multiplied exactly.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/analog/devices.hpp"
#include "sim/config/chip.hpp"

namespace phasecore::analog {

/// Where a sub-matrix' devices get their random numbers from: logical places, so that other tilings see the
/// same devices.
struct ArrayKey {
  std::uint64_t seed = 0;
  std::uint32_t instance = 0, layer = 0, replica = 0;
  int row_begin = 0, col_begin = 0;  ///< of the sub-matrix in its layer
};

/// Largest |w|; 0 of no weights.
float largest_magnitude(std::size_t n, const float* weights);

/// Weights w (rows x cols, row-major) as targets: scale[j] = largest |w| of the sub-matrix or of column j, in
/// weight units per g_max. Where those are all zero, the devices' noise still needs a size: scale[j] is
/// `layer_largest`, the largest |w| of the whole layer. It is 0 only for a layer of nothing but zeros, whose
/// sums the digital unit multiplies by 0.
std::vector<float> weight_scales(config::WeightScaling scaling, int rows, int cols, const float* weights,
                                 float layer_largest);

/// Conductance codes: integers in units of g_max / levels, rows x cols row-major, stored as float so that
/// GEMM is exact.
struct Conductances {
  int rows = 0, cols = 0;
  std::vector<float> values;
  /// Of the negative devices alone, where they are told; those of the positive ones are values + negative.
  std::vector<float> negative = {};
};

/// Devices without any noise or drift: round(w / scale * levels), 0 where the scale is 0.
Conductances ideal_conductances(int rows, int cols, const float* weights, const std::vector<float>& scales,
                                int levels);

/// Neighbouring cells of a row, and the logical place where their devices get their random numbers from.
struct DeviceRun {
  int count = 0;
  std::uint32_t replica = 0, row = 0, column = 0;
};

/// Differential pairs g+, g- of one sub-matrix after programming.
class ProgrammedArray {
 public:
  /// `runs`: all cells, row by row; empty: every row is one run from the key's corner on.
  ProgrammedArray(const config::Device& device, const ArrayKey& key, int rows, int cols, const float* weights,
                  const std::vector<float>& scales, std::vector<DeviceRun> runs = {});
  /// Merged codes round((g+ - g-) / g_max * levels) at a readout time, and round(g- / g_max * levels) if
  /// negative devices are to be told. Same time, same codes.
  Conductances read(double t_inference_s, int levels, bool tell_negative = false) const;

 private:
  config::Device device_;
  ArrayKey key_;
  int rows_, cols_;
  std::vector<DeviceRun> runs_;
  std::vector<float> g_positive_, g_negative_, nu_positive_, nu_negative_;
};

}  // namespace phasecore::analog
