// What the kernels of elementwise work share.
#pragma once

#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {

/// Of stages that compute each value of what their inputs have at the same place: pixel by pixel, in the
/// shape they are given.
class ValuewiseKernel : public Kernel {
 public:
  explicit ValuewiseKernel(const StageContext& context);

  void run(const Devices& devices, const ImageBatch& images, Workspace& work,
           const Results& results) const final;
  Delivery fire(const Devices& devices, const Firing& firing, Held& held, Workspace& work) const final;

 protected:
  /// `count` values from `at` on, rounded as the digital unit does. `health` may be null.
  virtual void compute(const ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values,
                       StageHealth* health) const = 0;
};

}  // namespace phasecore::numerics
