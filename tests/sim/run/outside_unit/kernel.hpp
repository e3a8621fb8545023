// What the halving unit computes: for batches of images and for one firing.
#pragma once

#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/executor.hpp"
#include "tests/sim/run/outside_unit/work.hpp"

namespace phasecore::test {

class HalveKernel final : public numerics::Kernel {
 public:
  using Kernel::Kernel;

  void run(const numerics::Devices& /*devices*/, const numerics::ImageBatch& images,
           numerics::Workspace& work, const numerics::Results& results) const override {
    const auto count = static_cast<std::size_t>(images.count) * volume();
    float* values = place(results, 0, count, work);
    halve(images, 0, count, values);
    deliver(values, count, 0, results, work.health);
  }

  numerics::Delivery fire(const numerics::Devices& /*devices*/, const numerics::Firing& firing,
                          numerics::Held& held, numerics::Workspace& /*work*/) const override {
    numerics::Delivery pixel;
    pixel.values.resize(channels());
    halve(arrived(held), static_cast<std::ptrdiff_t>(firing.index) * channels(), pixel.values.size(),
          pixel.values.data());
    return pixel;
  }

 private:
  void halve(const numerics::ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values) const {
    for (std::size_t i = 0; i < count; ++i)
      values[i] =
          static_cast<float>(images.inputs[0][at + static_cast<std::ptrdiff_t>(i)]) * input_step(0) / 2;
    numerics::round_fp16(count, values);
  }
};

}  // namespace phasecore::test
