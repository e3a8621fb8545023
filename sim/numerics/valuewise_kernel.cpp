#include "sim/numerics/valuewise_kernel.hpp"

#include <algorithm>

#include "common/diagnostics.hpp"

namespace phasecore::numerics {
namespace {

/// Values held at once.
constexpr std::ptrdiff_t kBlockValues = 1 << 16;

}  // namespace

ValuewiseKernel::ValuewiseKernel(const StageContext& context) : Kernel(context) {
  for (const mapping::StageInput& input : stage().inputs)
    common::ensure(mapping::raster_of(input.shape) == mapping::raster_of(stage().out_shape),
                   "numerics: an input of '" + stage().name + "' has another shape");
}

void ValuewiseKernel::run(const Devices& /*devices*/, const ImageBatch& images, Workspace& work,
                          const Results& results) const {
  const std::ptrdiff_t all = static_cast<std::ptrdiff_t>(images.count) * volume();
  for (std::ptrdiff_t at = 0; at < all; at += kBlockValues) {
    const auto count = static_cast<std::size_t>(std::min(kBlockValues, all - at));
    float* values = place(results, at, count, work);
    compute(images, at, count, values, work.health);
    deliver(values, count, at, results, work.health);
  }
}

Delivery ValuewiseKernel::fire(const Devices& /*devices*/, const Firing& firing, Held& held,
                               Workspace& /*work*/) const {
  Delivery pixel;
  pixel.values.resize(channels());
  compute(arrived(held), static_cast<std::ptrdiff_t>(firing.index) * channels(), pixel.values.size(),
          pixel.values.data(), nullptr);
  return pixel;
}

}  // namespace phasecore::numerics
