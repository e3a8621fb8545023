// Values at their places, each with a constant of its own.
#include "sim/mapping/stages/offset.hpp"

#include <algorithm>
#include <cmath>

#include "sim/numerics/activation_unit.hpp"
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/health.hpp"
#include "sim/numerics/pixelwise_kernel.hpp"

namespace phasecore::numerics {
namespace {

constexpr float kMaxConstant = 127;

float largest(const std::vector<float>& values) {
  float size = 0;
  for (const float value : values) size = std::max(size, std::fabs(value));
  return size;
}

class OffsetKernel final : public PixelwiseKernel {
 public:
  explicit OffsetKernel(const StageContext& context)
      : PixelwiseKernel(context),
        work_(*stage().as<mapping::OffsetWork>()),
        activation_(work_.activation, channels()),
        offsets_(work_.offsets) {
    common::ensure(static_cast<int>(offsets_.size()) == volume(),
                   "numerics: '" + stage().name + "' has another number of constants");
    const float step = largest(offsets_) / kMaxConstant;
    for (float& offset : offsets_) offset = step > 0 ? std::rint(offset / step) * step : 0.0f;
  }

 private:
  void compute(const Image& image, int pixel, float* values, Workspace& work) const override {
    const auto count = static_cast<std::size_t>(channels());
    const std::size_t first = static_cast<std::size_t>(pixel) * count;
    for (std::size_t i = 0; i < count; ++i) {
      const mapping::Place& from = work_.moved.places[first + i];
      const float moved = from.at == graph::kNoPlace ? 0.0f
                                                     : static_cast<float>(codes(image, from.input)[from.at]) *
                                                           input_step(from.input);
      values[i] = moved + offsets_[first + i];
    }
    round_fp16(count, values);
    activation_.run(0, count, values);
    if (work.health != nullptr) work.health->see_values(count, values);
  }

  const mapping::OffsetWork& work_;
  ActivationUnit activation_;
  std::vector<float> offsets_;
};

}  // namespace

void register_offset(Kernels& kernels) {
  kernels.add<mapping::OffsetWork, OffsetKernel>();
}

}  // namespace phasecore::numerics
