// Pools of their own: an image's values, then window by window.
#include "sim/mapping/stages/pool.hpp"

#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {
namespace {

class PoolKernel final : public Kernel {
 public:
  explicit PoolKernel(const StageContext& context)
      : Kernel(context),
        work_(*stage().as<mapping::PoolWork>()),
        in_(mapping::raster_of(stage().inputs.at(0).shape)),
        width_(mapping::raster_of(stage().out_shape).width) {}

  void run(const Devices& /*devices*/, const ImageBatch& images, Workspace& work,
           const Results& results) const override {
    const auto channel_count = static_cast<std::size_t>(channels());
    for (int image = 0; image < images.count; ++image) {
      values_of(images.inputs[0] + static_cast<std::ptrdiff_t>(image) * in_volume(), work);
      for (int pixel = 0; pixel < pixels(); ++pixel) {
        const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(image) * pixels() + pixel) * channels();
        float* values = place(results, at, channel_count, work);
        compute(work.plane, pixel, values);
        deliver(values, channel_count, at, results, work.health);
      }
    }
  }

  /// Pixels that have not arrived are in no window yet.
  Delivery fire(const Devices& /*devices*/, const Firing& firing, Held& held,
                Workspace& work) const override {
    values_of(held.inputs[0].data(), work);
    Delivery pixel;
    pixel.values.resize(channels());
    compute(work.plane, firing.index, pixel.values.data());
    return pixel;
  }

 private:
  int in_volume() const { return in_.channels * in_.pixels(); }

  void values_of(const std::int8_t* codes, Workspace& work) const {
    std::vector<float>& plane = work.plane;
    plane.resize(in_volume());
    decode(plane.size(), codes, input_step(0), plane.data());
    if (work.health != nullptr) work.health->see_values(plane.size(), plane.data());
    activate(work_.activation, plane.size(), plane.data());
  }

  void compute(const std::vector<float>& plane, int pixel, float* values) const {
    pool_pixel(work_.pool, {plane.data(), in_}, pixel / width_, pixel % width_, values);
  }

  const mapping::PoolWork& work_;
  mapping::Raster in_;
  int width_;
};

}  // namespace

void register_pool(Kernels& kernels) {
  kernels.add<mapping::PoolWork, PoolKernel>();
}

}  // namespace phasecore::numerics
