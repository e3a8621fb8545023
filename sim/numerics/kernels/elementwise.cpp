// Sums and activations of their own: value by value.
#include "sim/mapping/stages/elementwise.hpp"

#include "sim/numerics/activation_unit.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/valuewise_kernel.hpp"

namespace phasecore::numerics {
namespace {

class ElementwiseKernel final : public ValuewiseKernel {
 public:
  explicit ElementwiseKernel(const StageContext& context)
      : ValuewiseKernel(context),
        activation_(stage().as<mapping::ElementwiseWork>()->activation, channels()) {}

 private:
  /// A sum is rounded when its second value is added, not before.
  void compute(const ImageBatch& images, std::ptrdiff_t at, std::size_t count, float* values,
               StageHealth* health) const override {
    const std::int8_t* codes = images.inputs[0] + at;
    if (images.inputs.size() == 1)
      decode(count, codes, input_step(0), values);
    else
      for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(codes[i]) * input_step(0);
    add_inputs(images, 1, at, count, values);
    if (health != nullptr) health->see_values(count, values);
    activation_.run(at, count, values);
    if (health != nullptr && activation_.has_functions()) health->see_values(count, values);
  }

  ActivationUnit activation_;
};

}  // namespace

void register_elementwise(Kernels& kernels) {
  kernels.add<mapping::ElementwiseWork, ElementwiseKernel>();
}

}  // namespace phasecore::numerics
