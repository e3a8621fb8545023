// Normalisations and Softmax: as the float network computes them, of values that codes stand for.
#include "sim/mapping/stages/norm.hpp"

#include "sim/numerics/activation_unit.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/pixelwise_kernel.hpp"

namespace phasecore::numerics {
namespace {

class NormKernel final : public PixelwiseKernel {
 public:
  explicit NormKernel(const StageContext& context)
      : PixelwiseKernel(context),
        work_(*stage().as<mapping::NormWork>()),
        activation_(work_.activation, channels()),
        shape_(work_.whole ? mapping::shape_of(mapping::raster_of(stage().out_shape))
                           : graph::Shape{channels()}) {
    common::ensure(mapping::raster_of(stage().inputs.at(0).shape) == mapping::raster_of(stage().out_shape),
                   "numerics: what '" + stage().name + "' normalises has another shape");
  }

 private:
  bool at_once() const override { return work_.whole; }

  void compute(const Image& image, int pixel, float* values, Workspace& work) const override {
    const auto count = static_cast<std::size_t>(channels());
    work.floats.resize(count);
    decode(count, codes(image, 0) + static_cast<std::ptrdiff_t>(pixel) * channels(), input_step(0),
           work.floats.data());
    normalise(work.floats.data(), values, work);
    finish(count, values, work.health);
  }

  /// The operator of a whole image has channels one behind the other.
  void compute_image(const Image& image, float* values, Workspace& work) const override {
    if (!work_.whole) return PixelwiseKernel::compute_image(image, values, work);
    const auto count = static_cast<std::size_t>(volume());
    std::vector<float>&by_pixel = work.floats, &by_channel = work.plane;
    by_pixel.resize(count);
    by_channel.resize(count);
    decode(count, codes(image, 0), input_step(0), by_pixel.data());
    const auto at = [&](int pixel, int channel) {
      return static_cast<std::size_t>(channel) * pixels() + pixel;
    };
    for (int pixel = 0, i = 0; pixel < pixels(); ++pixel)
      for (int channel = 0; channel < channels(); ++channel) by_channel[at(pixel, channel)] = by_pixel[i++];
    float* result = by_pixel.data();
    normalise(by_channel.data(), result, work);
    for (int pixel = 0, i = 0; pixel < pixels(); ++pixel)
      for (int channel = 0; channel < channels(); ++channel) values[i++] = result[at(pixel, channel)];
    finish(count, values, work.health);
  }

  void normalise(const float* in, float* out, Workspace& work) const {
    work.samples.assign(1, {&shape_, in});
    work_.op->run(work.samples, shape_, out, work.scratch);
  }

  void finish(std::size_t count, float* values, StageHealth* health) const {
    round_fp16(count, values);
    activation_.run(0, count, values);
    if (health != nullptr) health->see_values(count, values);
  }

  const mapping::NormWork& work_;
  ActivationUnit activation_;
  graph::Shape shape_;  ///< of what the operator works on
};

}  // namespace

void register_norm(Kernels& kernels) {
  kernels.add<mapping::NormWork, NormKernel>();
}

}  // namespace phasecore::numerics
