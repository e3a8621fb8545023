// What the halving unit computes: for batches of images and for one firing.
#pragma once

#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/executor.hpp"
#include "sim/numerics/valuewise_kernel.hpp"
#include "tests/sim/run/outside_unit/work.hpp"

namespace phasecore::test {

class HalveKernel final : public numerics::ValuewiseKernel {
 public:
  using ValuewiseKernel::ValuewiseKernel;

 private:
  void compute(const numerics::ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values,
               numerics::StageHealth* /*health*/) const override {
    for (std::size_t i = 0; i < count; ++i)
      values[i] =
          static_cast<float>(images.inputs[0][at + static_cast<std::ptrdiff_t>(i)]) * input_step(0) / 2;
    numerics::round_fp16(count, values);
  }
};

}  // namespace phasecore::test
