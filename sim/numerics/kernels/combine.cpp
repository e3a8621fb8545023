// Two values as one, of which either may be the same for several channels, rows or columns.
#include "sim/mapping/stages/combine.hpp"

#include <algorithm>

#include "sim/numerics/activation_unit.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/kernel.hpp"

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

class CombineKernel final : public Kernel {
 public:
  explicit CombineKernel(const StageContext& context)
      : Kernel(context),
        work_(*stage().as<mapping::CombineWork>()),
        activation_(work_.activation, channels()),
        out_(mapping::raster_of(stage().out_shape)) {
    for (const mapping::StageInput& input : stage().inputs)
      rasters_.push_back(mapping::raster_of(input.shape));
  }

  void run(const Devices& /*devices*/, const ImageBatch& images, Workspace& work,
           const Results& results) const override {
    const auto count = static_cast<std::size_t>(volume());
    for (int image = 0; image < images.count; ++image) {
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(image) * volume();
      float* values = place(results, at, count, work);
      for (int pixel = 0; pixel < pixels(); ++pixel)
        compute(images, image, pixel, values + static_cast<std::ptrdiff_t>(pixel) * channels());
      if (work.health != nullptr) work.health->see_values(count, values);
      activation_.run(0, count, values);
      if (work.health != nullptr && activation_.has_functions()) work.health->see_values(count, values);
      deliver(values, count, at, results, work.health);
    }
  }

  Delivery fire(const Devices& /*devices*/, const Firing& firing, Held& held,
                Workspace& /*work*/) const override {
    Delivery pixel;
    pixel.values.resize(channels());
    compute(arrived(held), 0, firing.index, pixel.values.data());
    activation_.run(0, pixel.values.size(), pixel.values.data());
    return pixel;
  }

 private:
  /// All channels of a pixel; the result is rounded, not what it is made of.
  void compute(const ImageBatch& images, int image, int pixel, float* values) const {
    const std::int8_t *a = codes(images, 0, image, pixel), *b = codes(images, 1, image, pixel);
    const int next_a = rasters_[0].channels > 1, next_b = rasters_[1].channels > 1;
    for (int channel = 0; channel < channels(); ++channel, a += next_a, b += next_b)
      values[channel] = combine(work_.combination, static_cast<float>(*a) * input_step(0),
                                static_cast<float>(*b) * input_step(1));
    round_fp16(static_cast<std::size_t>(channels()), values);
  }

  const std::int8_t* codes(const ImageBatch& images, int input, int image, int pixel) const {
    const mapping::Raster& raster = rasters_[input];
    const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(image) * raster.pixels();
    return images.inputs[input] + (first + mapping::broadcast_pixel(raster, out_, pixel)) * raster.channels;
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
