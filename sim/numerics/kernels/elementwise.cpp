// Sums and activations of their own: value by value.
#include <algorithm>

#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {
namespace {

/// Values held at once.
constexpr std::ptrdiff_t kBlockValues = 1 << 16;

class ElementwiseKernel final : public Kernel {
 public:
  explicit ElementwiseKernel(const StageContext& context)
      : Kernel(context), activation_(stage().as<mapping::ElementwiseWork>()->activation) {
    for (const mapping::StageInput& input : stage().inputs)
      common::ensure(mapping::raster_of(input.shape) == mapping::raster_of(stage().out_shape),
                     "numerics: an input of '" + stage().name + "' has another shape");
  }

  void run(const Devices& /*devices*/, const ImageBatch& images, Workspace& work,
           const Results& results) const override {
    const std::ptrdiff_t all = static_cast<std::ptrdiff_t>(images.count) * volume();
    for (std::ptrdiff_t at = 0; at < all; at += kBlockValues) {
      const auto count = static_cast<std::size_t>(std::min(kBlockValues, all - at));
      float* values = place(results, at, count, work);
      compute(images, at, count, values, work.health);
      deliver(values, count, at, results, work.health);
    }
  }

  Delivery fire(const Devices& /*devices*/, const Firing& firing, Held& held,
                Workspace& /*work*/) const override {
    Delivery pixel;
    pixel.values.resize(channels());
    compute(arrived(held), static_cast<std::ptrdiff_t>(firing.index) * channels(), pixel.values.size(),
            pixel.values.data(), nullptr);
    return pixel;
  }

 private:
  /// A sum is rounded when its second value is added, not before.
  void compute(const ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values,
               StageHealth* health) const {
    const std::int8_t* codes = images.inputs[0] + at;
    if (images.inputs.size() == 1)
      decode(count, codes, input_step(0), values);
    else
      for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(codes[i]) * input_step(0);
    add_inputs(images, 1, at, count, values);
    if (health != nullptr) health->see_values(count, values);
    activate(activation_, count, values);
  }

  mapping::Activation activation_;
};

}  // namespace

void register_elementwise(Kernels& kernels) {
  kernels.add<mapping::ElementwiseWork, ElementwiseKernel>();
}

}  // namespace phasecore::numerics
