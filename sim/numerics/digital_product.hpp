// A layer that the digital unit computes exactly (per-layer override): INT8 weights per column, integer sums.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/analog/core_pass.hpp"
#include "sim/mapping/mapping.hpp"

namespace phasecore::numerics {

struct Workspace;

class DigitalProduct {
 public:
  DigitalProduct() = default;
  /// order: the row of the weight matrix that each value of an input vector belongs to.
  DigitalProduct(const mapping::MvmWork& mvm, const std::vector<int>& order, float input_step);

  /// n vectors -> n x columns values.
  void multiply(int n, const std::int8_t* rows, Workspace& work, float* values) const;

 private:
  int rows_ = 0, columns_ = 0;
  std::vector<float> weights_;  ///< integers: rows in the order of the vectors x columns
  analog::Affine affine_;
};

}  // namespace phasecore::numerics
