#include "sim/numerics/pixelwise_kernel.hpp"

#include <algorithm>

namespace phasecore::numerics {

PixelwiseKernel::PixelwiseKernel(const StageContext& context) : Kernel(context) {
  for (const mapping::StageInput& input : stage().inputs)
    volumes_.push_back(static_cast<std::ptrdiff_t>(graph::volume(input.shape)));
}

const std::int8_t* PixelwiseKernel::codes(const Image& image, int input) const {
  return image.batch.inputs[input] + image.index * volumes_[input];
}

void PixelwiseKernel::compute_image(const Image& image, float* values, Workspace& work) const {
  for (int pixel = 0; pixel < pixels(); ++pixel, values += channels()) compute(image, pixel, values, work);
}

void PixelwiseKernel::run(const Devices& /*devices*/, const ImageBatch& images, Workspace& work,
                          const Results& results) const {
  const auto count = static_cast<std::size_t>(volume());
  for (int image = 0; image < images.count; ++image) {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(image) * volume();
    float* values = place(results, at, count, work);
    compute_image({images, image}, values, work);
    deliver(values, count, at, results, work.health);
  }
}

Delivery PixelwiseKernel::fire(const Devices& /*devices*/, const Firing& firing, Held& held,
                               Workspace& work) const {
  const ImageBatch image = arrived(held);
  Delivery pixel;
  pixel.values.resize(channels());
  if (!at_once()) {
    compute({image, 0}, firing.index, pixel.values.data(), work);
    return pixel;
  }
  if (held.plane.empty()) {
    held.plane.resize(static_cast<std::size_t>(volume()));
    compute_image({image, 0}, held.plane.data(), work);
  }
  std::copy_n(held.plane.begin() + static_cast<std::ptrdiff_t>(firing.index) * channels(), channels(),
              pixel.values.begin());
  return pixel;
}

}  // namespace phasecore::numerics
