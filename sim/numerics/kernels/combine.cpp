// Two values as one, of which either may be the same for several channels, rows or columns.
#include "sim/mapping/stages/combine.hpp"

#include <algorithm>

#include "sim/numerics/activation_unit.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/pixelwise_kernel.hpp"

namespace phasecore::numerics {
namespace {

float combine(mapping::Combination combination, float a, float b) {
  switch (combination) {
    case mapping::Combination::Add:
      return a + b;
    case mapping::Combination::Sub:
      return a - b;
    case mapping::Combination::Mul:
      return a * b;
    case mapping::Combination::Div:
      return a / b;
    case mapping::Combination::Max:
      return std::max(a, b);
    case mapping::Combination::Min:
      return std::min(a, b);
  }
  throw common::InternalError("numerics: an unknown combination");
}

class CombineKernel final : public PixelwiseKernel {
 public:
  explicit CombineKernel(const StageContext& context)
      : PixelwiseKernel(context),
        work_(*stage().as<mapping::CombineWork>()),
        activation_(work_.activation, channels()),
        out_(mapping::raster_of(stage().out_shape)) {
    for (const mapping::StageInput& input : stage().inputs)
      rasters_.push_back(mapping::raster_of(input.shape));
  }

 private:
  /// The result is rounded, not what it is made of.
  void compute(const Image& image, int pixel, float* values, Workspace& work) const override {
    const std::int8_t *a = at(image, 0, pixel), *b = at(image, 1, pixel);
    const int next_a = rasters_[0].channels > 1, next_b = rasters_[1].channels > 1;
    for (int channel = 0; channel < channels(); ++channel, a += next_a, b += next_b)
      values[channel] = combine(work_.combination, static_cast<float>(*a) * input_step(0),
                                static_cast<float>(*b) * input_step(1));
    const auto count = static_cast<std::size_t>(channels());
    round_fp16(count, values);
    if (work.health != nullptr) work.health->see_values(count, values);
    activation_.run(0, count, values);
    if (work.health != nullptr && activation_.has_functions()) work.health->see_values(count, values);
  }

  const std::int8_t* at(const Image& image, int input, int pixel) const {
    const mapping::Raster& raster = rasters_[input];
    return codes(image, input) +
           static_cast<std::ptrdiff_t>(mapping::broadcast_pixel(raster, out_, pixel)) * raster.channels;
  }

  const mapping::CombineWork& work_;
  ActivationUnit activation_;
  mapping::Raster out_;
  std::vector<mapping::Raster> rasters_;  ///< per input
};

}  // namespace

void register_combine(Kernels& kernels) {
  kernels.add<mapping::CombineWork, CombineKernel>();
}

}  // namespace phasecore::numerics
