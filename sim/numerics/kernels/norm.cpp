// Normalisations and Softmax: as the float network computes them, of values that codes stand for.
#include "sim/mapping/stages/norm.hpp"

#include "sim/numerics/activation_unit.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {
namespace {

class NormKernel final : public Kernel {
 public:
  explicit NormKernel(const StageContext& context)
      : Kernel(context),
        work_(*stage().as<mapping::NormWork>()),
        activation_(work_.activation, channels()),
        raster_(mapping::raster_of(stage().out_shape)) {
    common::ensure(mapping::raster_of(stage().inputs.at(0).shape) == raster_,
                   "numerics: what '" + stage().name + "' normalises has another shape");
  }

  void run(const Devices& /*devices*/, const ImageBatch& images, Workspace& work,
           const Results& results) const override {
    const auto count = static_cast<std::size_t>(volume());
    for (int image = 0; image < images.count; ++image) {
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(image) * volume();
      float* values = place(results, at, count, work);
      const std::int8_t* codes = images.inputs[0] + at;
      if (work_.whole)
        compute_image(codes, values);
      else
        for (int pixel = 0; pixel < pixels(); ++pixel)
          compute_pixel(codes + static_cast<std::ptrdiff_t>(pixel) * channels(),
                        values + static_cast<std::ptrdiff_t>(pixel) * channels());
      if (work.health != nullptr) work.health->see_values(count, values);
      deliver(values, count, at, results, work.health);
    }
  }

  Delivery fire(const Devices& /*devices*/, const Firing& firing, Held& held,
                Workspace& /*work*/) const override {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(firing.index) * channels();
    Delivery pixel;
    pixel.values.resize(channels());
    if (!work_.whole) {
      compute_pixel(held.inputs.at(0).data() + at, pixel.values.data());
      return pixel;
    }
    if (held.plane.empty()) {
      held.plane.resize(static_cast<std::size_t>(volume()));
      compute_image(held.inputs.at(0).data(), held.plane.data());
    }
    pixel.values.assign(held.plane.begin() + at, held.plane.begin() + at + channels());
    return pixel;
  }

 private:
  void compute_pixel(const std::int8_t* codes, float* values) const {
    std::vector<float> in(channels());
    decode(in.size(), codes, input_step(0), in.data());
    const graph::Shape shape{channels()};
    graph::Scratch scratch;
    work_.op->run({{&shape, in.data()}}, shape, values, scratch);
    finish(in.size(), values);
  }

  /// All pixels; the operator has channels one behind the other.
  void compute_image(const std::int8_t* codes, float* values) const {
    const auto count = static_cast<std::size_t>(volume());
    std::vector<float> by_pixel(count), in(count), out(count);
    decode(count, codes, input_step(0), by_pixel.data());
    const auto by_channel = [&](int pixel, int channel) {
      return static_cast<std::size_t>(channel) * pixels() + pixel;
    };
    for (int pixel = 0, i = 0; pixel < pixels(); ++pixel)
      for (int channel = 0; channel < channels(); ++channel) in[by_channel(pixel, channel)] = by_pixel[i++];
    const graph::Shape shape = mapping::shape_of(raster_);
    graph::Scratch scratch;
    work_.op->run({{&shape, in.data()}}, shape, out.data(), scratch);
    for (int pixel = 0, i = 0; pixel < pixels(); ++pixel)
      for (int channel = 0; channel < channels(); ++channel) values[i++] = out[by_channel(pixel, channel)];
    finish(count, values);
  }

  void finish(std::size_t count, float* values) const {
    round_fp16(count, values);
    activation_.run(0, count, values);
  }

  const mapping::NormWork& work_;
  ActivationUnit activation_;
  mapping::Raster raster_;
};

}  // namespace

void register_norm(Kernels& kernels) {
  kernels.add<mapping::NormWork, NormKernel>();
}

}  // namespace phasecore::numerics
